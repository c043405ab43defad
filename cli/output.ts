import process from 'node:process';

/** People's text goes to stderr, data to stdout. */
export function say(line = ''): void {
  process.stderr.write(`${line}\n`);
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Whether lines can be drawn anew; with NO_COLOR they are plain, too. */
export function isTerminal(): boolean {
  return !process.env['NO_COLOR'] && process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI'];
}

export type Colour = 'green' | 'red' | 'yellow' | 'blue' | 'dim' | 'bold';
const codes: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 };

/** As it is where the stream is no terminal or NO_COLOR is set. */
export function paint(colour: Colour, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return hasColour(stream) ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

/** NO_COLOR before FORCE_COLOR (0 is no) before what the stream is. */
export function hasColour(stream: NodeJS.WriteStream): boolean {
  if (process.env['NO_COLOR']) return false;
  const forced = process.env['FORCE_COLOR'];
  if (forced) return !['0', 'false'].includes(forced);
  return stream.isTTY && process.env['TERM'] !== 'dumb';
}
