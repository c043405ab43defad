import { letters } from './words.js';

/** One change of a text, in plain numbers, so that a failure can be made smaller. */
export interface ByteChange {
  readonly kind: (typeof byteKinds)[number];
  readonly at: number;
  readonly length: number;
  readonly pick: number;
}

export const byteKinds = [
  'flip',
  'insert',
  'delete',
  'repeat',
  'splice',
  'truncate',
  'crlf',
  'bom',
  'indent',
  'swap lines',
  'drop line',
  'nest',
  'wall',
] as const;

/** `other` is another text, to take a piece of. */
export function changeBytes(text: string, other: string, { kind, at, length, pick }: ByteChange): string {
  const from = text.length === 0 ? 0 : at % text.length;
  const to = Math.min(text.length, from + (length % 200) + 1);
  const letter = letters[pick % letters.length] ?? '';
  const lines = (): string[] => text.split('\n');
  switch (kind) {
    case 'flip':
      return `${text.slice(0, from)}${String.fromCharCode(text.charCodeAt(from) ^ (1 << (pick % 8)))}${text.slice(from + 1)}`;
    case 'insert':
      return `${text.slice(0, from)}${letter}${text.slice(from)}`;
    case 'delete':
      return `${text.slice(0, from)}${text.slice(to)}`;
    case 'repeat':
      return `${text.slice(0, from)}${text.slice(from, to).repeat(Math.min(2 + (pick % 200), Math.ceil(20_000 / (to - from))))}${text.slice(to)}`;
    case 'splice': {
      const start = other.length === 0 ? 0 : pick % other.length;
      return `${text.slice(0, from)}${other.slice(start, start + length)}${text.slice(from)}`;
    }
    case 'truncate':
      return text.slice(0, from);
    case 'crlf':
      return text.replaceAll('\n', pick % 2 === 0 ? '\r\n' : '\r');
    case 'bom':
      return `\ufeff${text}`;
    case 'indent': {
      const all = lines();
      const row = at % all.length;
      all[row] = `${pick % 3 === 0 ? '\t' : ' '.repeat(1 + (pick % 7))}${all[row] ?? ''}`;
      return all.join('\n');
    }
    case 'swap lines': {
      const all = lines();
      const [left, right] = [at % all.length, pick % all.length];
      [all[left], all[right]] = [all[right] ?? '', all[left] ?? ''];
      return all.join('\n');
    }
    case 'drop line': {
      const all = lines();
      all.splice(at % all.length, 1 + (pick % 3));
      return all.join('\n');
    }
    case 'nest': {
      const [open, close] = [
        ['[', ']'],
        ['{a: ', '}'],
        ['- ', ''],
        ['? ', ''],
        ['${{ (', ') }}'],
      ][pick % 5] as [string, string];
      const depth = [3, 40, 70, 3000][length % 4] ?? 0;
      return `${text.slice(0, from)}${open.repeat(depth)}${close.repeat(depth)}${text.slice(from)}`;
    }
    case 'wall':
      return `${text.slice(0, from)}${letter.repeat([10, 100, 3000][length % 3] ?? 0)}${text.slice(from)}`;
  }
}
