import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CompletionItem,
  type CompletionList,
  type Diagnostic,
  type Hover,
  type MarkupContent,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  createProtocolConnection,
} from 'vscode-languageserver-protocol/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shipped = readdirSync(join(root, 'recipes'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();

/** The YAML language server, as an editor runs it. */
let server: ChildProcess;
let connection: ProtocolConnection;
const waiting = new Map<string, (diagnostics: Diagnostic[]) => void>();
let documents = 0;

beforeAll(async () => {
  const folder = dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json'));
  server = spawn(process.execPath, [join(folder, 'bin', 'yaml-language-server'), '--stdio'], { stdio: 'pipe' });
  if (!server.stdout || !server.stdin) throw new Error('the server has no pipes');
  connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  connection.onNotification('textDocument/publishDiagnostics', (params: { uri: string; diagnostics: Diagnostic[] }) => {
    waiting.get(params.uri)?.(params.diagnostics);
  });
  // Only the schema that a recipe names itself, as without any setting of the editor; nothing from the network.
  connection.onRequest('workspace/configuration', ({ items }: { items: { section?: string }[] }) =>
    items.map(({ section }) =>
      section === 'yaml' ? { validate: true, hover: true, completion: true, schemaStore: { enable: false } } : {},
    ),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(root).href,
    capabilities: { workspace: { configuration: true }, textDocument: { completion: {}, hover: {} } },
  });
  await connection.sendNotification('initialized', {});
}, 60_000);

afterAll(() => {
  connection?.dispose();
  server?.kill('SIGKILL');
});

/** Opens a text as a recipe of this repository, and waits for what the server finds in it. */
async function open(text: string, folder = 'recipes'): Promise<{ uri: string; diagnostics: Diagnostic[] }> {
  const uri = pathToFileURL(join(root, folder, `opened-${(documents += 1)}.yaml`)).href;
  const found = new Promise<Diagnostic[]>((resolve) => waiting.set(uri, resolve));
  const textDocument = { uri, languageId: 'yaml', version: 1, text };
  await connection.sendNotification('textDocument/didOpen', { textDocument });
  return { uri, diagnostics: await found };
}

const head = '# yaml-language-server: $schema=../schemas/editor.schema.json\nmortar: 1\nname: opened\nstages:\n';

/** What is offered where `|` stands. */
async function completions(stages: string): Promise<CompletionItem[]> {
  const { position, uri } = await place(stages);
  const answer: CompletionList = await connection.sendRequest('textDocument/completion', {
    textDocument: { uri },
    position,
  });
  return answer.items;
}

async function hover(stages: string): Promise<string> {
  const { uri, position } = await place(stages);
  const answer: Hover | null = await connection.sendRequest('textDocument/hover', { textDocument: { uri }, position });
  return (answer?.contents as MarkupContent | undefined)?.value ?? '';
}

async function place(stages: string): Promise<{ uri: string; position: { line: number; character: number } }> {
  const text = `${head}${stages}`;
  const lines = text.slice(0, text.indexOf('|')).split('\n');
  const { uri } = await open(text.replace('|', ''));
  return { uri, position: { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 } };
}

describe('the YAML language server on recipes', () => {
  test.each(shipped)('finds nothing wrong with %s', async (file) => {
    const text = readFileSync(join(root, 'recipes', file), 'utf8');
    expect(text.split('\n')[0]).toMatch(/^# yaml-language-server: \$schema=(\.\.\/)+schemas\/editor\.schema\.json$/);
    expect((await open(text, dirname(join('recipes', file)))).diagnostics).toEqual([]);
  });

  test('completes `uses` with every activity', async () => {
    const labels = (await completions('  one:\n    uses: |\n')).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['data/collect', 'validate/run-tests', 'sft/train', 'report/write']));
  });

  test('completes `with` by the activity, with descriptions', async () => {
    const items = await completions('  one:\n    uses: sft/train\n    with:\n      |\n');
    const share = items.find(({ label }) => label === 'share');
    expect(JSON.stringify(share?.documentation)).toContain("This phase's share");
    expect(items.map(({ label }) => label)).not.toContain('detector');
  });

  test('completes `inputs` by the activity', async () => {
    const items = await completions('  one:\n    uses: sft/train\n    inputs:\n      |\n');
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(['trajectories', 'model']));
  });

  test('completes the keys of a stage', async () => {
    const items = await completions('  one:\n    uses: data/split\n    |\n');
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(['with', 'inputs', 'expect', 'foreach']));
  });

  test('tells on hover what a key and a param are', async () => {
    expect(await hover('  one:\n    uses: data/split\n    exp|ect: outputs.train > 0\n')).toContain('on hold');
    expect(await hover('  one:\n    uses: sft/train\n    with:\n      sh|are: 0.5\n')).toContain(
      'share of train.steps',
    );
  });

  test.each([
    ['an unknown param', 'with: { sahre: 0.5 }', 'sahre'],
    ['a value of the wrong type', 'with: { share: many }', 'number'],
    ['an unknown key of a stage', 'wiht: {}', 'wiht'],
    ['an unknown input', 'inputs: { trajectories: a.b, model: a.c, modle: a.d }', 'modle'],
  ])('marks %s', async (_, line, said) => {
    const { diagnostics } = await open(`${head}  one:\n    uses: sft/train\n    ${line}\n`);
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(said);
    expect(diagnostics[0]?.range.start.line).toBe(6);
  });

  test('takes an expression wherever a value is', async () => {
    const stage = `uses: sft/train\n    with: { seed: "\${{ params.seed }}", share: "\${{ params.share }}", train: "\${{ params.sft }}" }`;
    expect((await open(`${head}  one:\n    ${stage}\n`)).diagnostics).toEqual([]);
  });
});
