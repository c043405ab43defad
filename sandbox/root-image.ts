import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import type Docker from 'dockerode';

/** Folders that containers mount over. */
const FOLDERS = ['dev', 'etc', 'proc', 'sbin', 'sys', 'tmp', 'usr'];

/**
 * An image of empty folders and the root's links (`/bin` to `usr/bin`), made here and never pulled: everything in it is bound
 * from the host, as bubblewrap does. Named by its content, so it is made once. Returns its name.
 */
export async function rootImage(engine: Docker, links: readonly { guest: string; target: string }[]): Promise<string> {
  const archive = Buffer.concat([
    ...FOLDERS.map((name) => header(`${name}/`, '5', '')),
    ...links.map(({ guest, target }) => header(guest.slice(1), '2', target)),
    Buffer.alloc(1024),
  ]);
  const tag = createHash('sha256').update(archive).digest('hex').slice(0, 12);
  const name = `mortar-bound-root:${tag}`;
  const there = await engine
    .getImage(name)
    .inspect()
    .then(() => true)
    .catch(() => false);
  if (!there) {
    const stream = await engine.importImage(Readable.from([archive]), { repo: 'mortar-bound-root', tag });
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
    });
  }
  return name;
}

/** One entry of a tar archive (ustar). */
function header(name: string, type: '2' | '5', target: string): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o755, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(0, 12), 124);
  block.write(octal(0, 12), 136);
  // The checksum is computed with its own field full of spaces.
  block.write('        ', 148);
  block.write(type, 156);
  block.write(target, 157);
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
