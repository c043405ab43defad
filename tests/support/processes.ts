import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of this machine's processes, with blanks between the words. */
export function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
      } catch {
        // Ended meanwhile.
        return [];
      }
    });
}

export const commandLinesWith = (text: string): string[] => commandLines().filter((line) => line.includes(text));
