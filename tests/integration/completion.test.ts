import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Real shells with the script of `mortar completion`: something is typed, Tab is pressed, and the line is what it became. */
const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-shells-'));
  const program = join(folder, 'mortar');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'mortar.mjs')}' "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typed: Readonly<Record<string, string>> = {
  'mortar sta': 'mortar status',
  'mortar run recipes/sw': 'mortar run recipes/swe-lego.yaml',
  'mortar run recipes/swe-lego.yaml --prof': 'mortar run recipes/swe-lego.yaml --profile',
  'mortar run recipes/swe-lego.yaml --profile ti': 'mortar run recipes/swe-lego.yaml --profile tiny',
  'mortar run recipes/swe-lego.yaml --set maski': 'mortar run recipes/swe-lego.yaml --set masking=',
  'mortar run recipes/swe-lego.yaml --set masking=inv': 'mortar run recipes/swe-lego.yaml --set masking=invocation',
  'mortar plan recipes/swe-lego.yaml --targets validate,sco':
    'mortar plan recipes/swe-lego.yaml --targets validate,score',
  'mortar activities tts/j': 'mortar activities tts/judge',
  'mortar artifacts ve': 'mortar artifacts verify',
  // No store runs here: nothing is offered, and nothing is said.
  'mortar status late': 'mortar status late',
};

async function completed(shell: string, words: string[], environment: NodeJS.ProcessEnv): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'python3',
      [join(root, 'tests', 'support', 'press-tab.py'), shell, ...words],
      {
        cwd: root,
        timeout: 110_000,
        env: {
          ...process.env,
          ...environment,
          TERM: 'vt100',
          PATH: `${folder}:${process.env['PATH'] ?? ''}`,
          MORTAR_HOME: join(folder, 'none'),
        },
      },
      (error, stdout, stderr) =>
        error ? reject(new Error(stderr || error.message)) : resolve(JSON.parse(stdout) as string[]),
    );
    child.stdin?.end(JSON.stringify(Object.keys(typed)));
  });
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;
}

test('bash', { timeout: 120_000 }, async () => {
  const settings = join(folder, 'bashrc');
  writeFileSync(settings, `PS1='READY> '\nbind 'set bell-style none'\nsource <(mortar completion bash)\n`);
  expect(await completed('bash', ['--noprofile', '--rcfile', settings, '-i'], {})).toEqual(Object.values(typed));
});

test.skipIf(!isInstalled('zsh'))('zsh', { timeout: 120_000 }, async () => {
  const settings = `PS1='READY> '\nautoload -Uz compinit; compinit -u -D\nbindkey -e\nsource <(mortar completion zsh)\n`;
  writeFileSync(join(folder, '.zshrc'), settings);
  expect(await completed('zsh', ['-i'], { ZDOTDIR: folder })).toEqual(Object.values(typed));
});

test.skipIf(!isInstalled('fish'))('fish', { timeout: 120_000 }, async () => {
  const start = `function fish_prompt; echo -n 'READY> '; end; function fish_greeting; end; mortar completion fish | source`;
  expect(await completed('fish', ['-i', '-C', start], { HOME: folder })).toEqual(Object.values(typed));
});
