import type { StageLogEntry } from '../../engine/client/log-reader.js';
import { paint, print } from '../output.js';

export const levels = ['debug', 'info', 'warn', 'error'];

/** Prints entries of a log, those of the least level or above. */
export function logPrinter(options: { level: string; json?: boolean }): (entries: readonly StageLogEntry[]) => void {
  const least = levels.indexOf(options.level);
  return (entries) => {
    for (const entry of entries) {
      if (levels.indexOf(entry.level) < least) continue;
      if (options.json) print(JSON.stringify(entry));
      else {
        const line = logLine(entry);
        print(entry.level === 'error' ? paint('red', line, process.stdout) : line);
      }
    }
  };
}

export function logLine({ time, level, stage, message, fields }: StageLogEntry): string {
  return `${time} ${level.padEnd(5)} ${stage}  ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`;
}
