import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { House } from '../support/house.js';

const house = new House('bubblewrap');
const folder = mkdtempSync(join(tmpdir(), 'mortar-command-'));
beforeAll(() => house.open(), 1_200_000);
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** Runs stages of one recipe until none is at work, and gives each one's failure, as `code: message`. */
async function failures(stages: Record<string, string>): Promise<Record<string, string>> {
  const file = join(folder, 'recipe.yaml');
  const text = Object.entries(stages).map(([name, body]) => `  ${name}: { uses: command, ${body} }`);
  writeFileSync(file, `mortar: 1\nname: commands\ndefaults: { retry: { attempts: 1 } }\nstages:\n${text.join('\n')}\n`);
  const started = await house.mortar('run', file, '--detach');
  expect(started.code, started.stderr).toBe(0);
  const [latest] = await house.client.listRuns();
  const id = latest?.id ?? '';
  const ended = async () =>
    (await house.client.runStatus(id)).nodes.every(({ state }) => /failed|held|done/.test(state));
  await expect.poll(ended, { timeout: 60_000, interval: 250 }).toBe(true);
  const { nodes } = await house.client.runStatus(id);
  await house.mortar('cancel', id);
  return Object.fromEntries(
    nodes.map((node) => [node.id, node.failure ? `${node.failure.code}: ${node.failure.message}` : node.state]),
  );
}

describe('a command that goes wrong says what, and keeps nothing', () => {
  test(
    'exit codes, time limits, outputs that are missing, wrong, or somewhere else',
    { timeout: 120_000 },
    async () => {
      const found = await failures({
        exits: `with: { run: 'echo first; echo the reason >&2; exit 7' }`,
        sleeps: `with: { run: 'sleep 60', timeout: 1s }`,
        forgets: `with: { run: 'true' }, outputs: { a: { kind: text, path: a.txt } }`,
        links: `with: { run: 'ln -s /etc/passwd a.txt' }, outputs: { a: { kind: text, path: a.txt } }`,
        garbles: `with: { run: 'echo nonsense > a.json' }, outputs: { a: { kind: metrics, path: a.json } }`,
        misnames: `with: { run: 'echo "{}" > a.json' }, outputs: { a: { kind: metrics, path: a.json, scalars: [x] } }`,
        mistypes: `with: { run: 'echo "{}" > a.jsonl' }, outputs: { a: { kind: verdicts, path: a.jsonl } }`,
        reaches: `with: { run: 'python3 -c "import socket; socket.create_connection((chr(49) + \\".1.1.1\\", 53), 2)"' }`,
        stops: `with: { run: 'echo again; exit 3' }, retry: { attempts: 5, backoff: 20s, non_retryable: [command-failed] }`,
        works: `with: { run: 'echo ok > a.txt' }, outputs: { a: { kind: text, path: a.txt } }`,
      });
      expect(found['exits']).toMatch(/^command-failed: .*exit code 7.*the reason/s);
      expect(found['sleeps']).toMatch(/^command-timeout: .*1s/);
      expect(found['forgets']).toMatch(/^output-missing: .*a\.txt/);
      expect(found['links']).toMatch(/^output-outside: /);
      expect(found['garbles']).toMatch(/^output-invalid: .*not JSON/);
      expect(found['misnames']).toMatch(/^output-invalid: .*`x`/);
      expect(found['mistypes']).toMatch(/^output-invalid: .*line 1.*verdict/);
      expect(found['reaches']).toMatch(/^command-failed: /);
      // Five attempts would take minutes, and this test has one.
      expect(found['stops']).toMatch(/^command-failed: .*exit code 3/s);
      expect(found['works']).toBe('done');
    },
  );
});
