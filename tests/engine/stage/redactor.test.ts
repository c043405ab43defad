import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactedTree } from '../../../engine/stage/redacted-files.js';
import { Redactor } from '../../../engine/stage/redactor.js';

const SECRET = 'pass/word+with ?signs';
const secrets = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => !text.includes('*') && text.isWellFormed());

test('hides a secret in base64 whatever goes before it', () => {
  fc.assert(
    fc.property(
      secrets,
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }),
      (secret, before, after) => {
        for (const alphabet of ['base64', 'base64url'] as const) {
          const text = Buffer.concat([before, Buffer.from(secret), after]).toString(alphabet);
          const shown = new Redactor([secret]).text(text);
          // What is left are digits that the secret does not decide, or one or two of its bits.
          expect(shown.length - '***'.length).toBeLessThanOrEqual(
            Math.ceil(((before.length + after.length) * 8) / 6) + 6,
          );
          expect(shown).toContain('***');
        }
      },
    ),
  );
});

test('hides a secret in values, their names, bytes, and what caused a failure', () => {
  const redactor = new Redactor([SECRET]);
  expect(redactor.value({ [SECRET]: [`a ${SECRET}`, { b: encodeURIComponent(SECRET) }], c: 1, d: null })).toEqual({
    '***': ['a ***', { b: '***' }],
    c: 1,
    d: null,
  });
  expect(Buffer.from(redactor.bytes(Buffer.from(`\0\xff${SECRET}é`))).toString()).toBe(`\0\xff***é`);
  const untouched = Buffer.from('nothing');
  expect(redactor.bytes(untouched)).toBe(untouched);
  const failure = redactor.error(new Error(SECRET, { cause: new Error('a', { cause: new Error(`b ${SECRET}`) }) }));
  expect([failure.message, ((failure.cause as Error).cause as Error).message]).toEqual(['***', 'b ***']);
  expect(`${failure.stack} ${((failure.cause as Error).cause as Error).stack}`).not.toContain(SECRET);
});

test('hides the lines of a secret that has several, and the password in an address', () => {
  expect(new Redactor(['-- first line\n-- second line']).text('log: -- second line')).toBe('log: ***');
  expect(new Redactor(['http://me:pass%20word@host/']).text('pass%20word, pass word, host')).toBe('***, ***, host');
});

test('leaves short words alone, and everything where there is no secret', () => {
  expect(new Redactor(['abc', '']).idle).toBe(true);
  fc.assert(fc.property(fc.string(), (text) => new Redactor([]).text(text) === text));
});

test('hides a secret in files, wherever it is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(12)), async (around, cuts) => {
      const text = Buffer.concat([around, Buffer.from(SECRET), around, Buffer.from(SECRET)]).toString('latin1');
      async function* pieces() {
        let at = 0;
        for (const cut of cuts) yield text.slice(at, (at += cut));
        yield text.slice(at);
      }
      let shown = '';
      for await (const piece of new Redactor([SECRET]).pieces(pieces())) shown += piece;
      expect(shown).toBe(text.replaceAll(SECRET, '***'));
    }),
  );
});

test('an output folder is copied without what is to be hidden, and taken as it is where that is nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-redacted-'));
  try {
    writeFileSync(join(folder, 'file'), `a ${SECRET}`);
    const spare = join(folder, '..', `${folder.split('/').at(-1)}-spare`);
    expect(await redactedTree(folder, spare, new Redactor([]))).toBe(folder);
    expect(await redactedTree(folder, spare, new Redactor([SECRET]))).toBe(spare);
    expect(readdirSync(spare).map((name) => readFileSync(join(spare, name), 'utf8'))).toEqual(['a ***']);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe(`a ${SECRET}`);
    rmSync(spare, { recursive: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
