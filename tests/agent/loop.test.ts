import { describe, expect, test } from 'vitest';
import { runLoop } from '../../activities/agent/loop.js';
import { numberedCode } from '../../activities/agent/numbered-code.js';
import { plain } from '../../activities/agent/protocols/plain.js';
import { terse } from '../../activities/agent/protocols/terse.js';
import { repositoryBench, visibleTests } from '../../activities/agent/repository-bench.js';
import { DEFAULT_MISTAKES, scriptedTeacher, type Mistakes } from '../../activities/agent/scripted-teacher.js';
import type { Policy, Protocol } from '../../activities/agent/step.js';
import { finish } from '../../activities/agent/tools/finish.js';
import { sed } from '../../activities/agent/tools/sed.js';
import { test as testTool } from '../../activities/agent/tools/test.js';
import { view } from '../../activities/agent/tools/view.js';
import { seededRandom } from '../../activities/random.js';
import type { TestOutcome } from '../../sandbox/repository.js';
import { CODE, INSTANCE, memoryWorkspace, oneFailed, passed } from './memory-workspace.js';

const tools = new Map([view, sed, testTool, finish].map((tool) => [tool.name, tool]));
const says = (...replies: string[]): Policy => ({
  reply: (_messages, turn) =>
    Promise.resolve({ content: replies[turn] ?? 'finish', finish: 'stop', tokens: 2, logprob: -0.5 }),
});

async function roll(
  policy: (visible: Awaited<ReturnType<ReturnType<typeof repositoryBench>['visible']>>) => Policy,
  options: { protocol?: Protocol; maxTurns?: number; budgets?: number[]; judge?: (text: string) => TestOutcome } = {},
) {
  const workspace = memoryWorkspace('p.py', CODE, options.judge ?? (() => passed));
  const bench = repositoryBench(INSTANCE, workspace, 1000);
  const visible = await bench.visible();
  const protocol = options.protocol ?? terse;
  const result = await runLoop({
    policy: policy(visible),
    protocol,
    tools,
    bench,
    opening: protocol.opening(INSTANCE, numberedCode(visible)),
    diff: () => workspace.diff(),
    maxTurns: options.maxTurns ?? 6,
    budgets: options.budgets ?? [],
    formatErrors: 3,
  });
  return { ...result, workspace };
}

const teacher = (mistakes: Partial<Mistakes>, seed = 1) => {
  const none = Object.fromEntries(Object.keys(DEFAULT_MISTAKES).map((name) => [name, 0])) as unknown as Mistakes;
  return (visible: Parameters<Parameters<typeof roll>[0]>[0]): Policy =>
    scriptedTeacher(
      { instance: INSTANCE, visible, random: seededRandom(seed), mistakes: { ...none, ...mistakes } },
      terse,
    );
};

const dialogue = (messages: readonly { content: string; error?: string }[]): string[] =>
  messages.map(({ content, error }) => (error === undefined ? content : `${content} [${error}]`));

describe('loop', () => {
  test('view, edit, test, finish', async () => {
    const result = await roll(() => says('view', 'sed 2\n <=\n <', 'test', 'finish'), { budgets: [1, 2, 6] });
    expect(dialogue(result.messages)).toMatchInlineSnapshot(`
      [
        "fix less",
        "view",
        "1|def less(self, a, b):
      2|    if a <= b:
      3|        return True
      4|    return False",
        "sed 2
       <=
       <",
        "ok",
        "test",
        "2 passed",
        "finish",
      ]
    `);
    expect(result).toMatchObject({ exit: 'finish', turns: 4, valid_call: true, tokens: 8, logprob: -2 });
    expect(result.patches[1]).toBe('');
    expect(result.patches[2]).toBe(result.patch);
    expect(result.patches[6]).toBe(result.patch);
    expect(result.patch).toContain('+        if a < b:');
  });

  test('errors are observations, and three bad replies in a row end it', async () => {
    const result = await roll(() => says('sed 2\n ==\n <', 'sed 9\na\nb', 'grep', 'look', 'help me'));
    expect(dialogue(result.messages.filter(({ role }) => role === 'user')).slice(1)).toEqual([
      'error: no match [invocation]',
      'error: no line [invocation]',
      'error: unknown tool [invocation]',
      'error: unknown tool [invocation]',
      'error: unknown tool [invocation]',
    ]);
    expect(result).toMatchObject({ exit: 'format', turns: 5, valid_call: false, patch: '' });
  });

  test('the limit keeps the patch as it stands', async () => {
    const result = await roll(() => says('sed 2\n <=\n <', 'view', 'view'), { maxTurns: 3 });
    expect(result.exit).toBe('max_turns');
    expect(result.patch).not.toBe('');
    expect(result.workspace.diffs()).toBe(1);
  });

  test('an edit that is undone is a valid call and an empty patch', async () => {
    const result = await roll(() => says('sed 2\n <=\n >', 'sed 2\n >\n <=', 'finish'));
    expect(result).toMatchObject({ patch: '', valid_call: true });
  });

  test('a full context ends it without a turn', async () => {
    const full: Policy = { reply: () => Promise.resolve({ content: '', finish: 'context', tokens: 0, logprob: null }) };
    expect(await roll(() => full)).toMatchObject({
      exit: 'context',
      turns: 0,
      messages: [{ role: 'user', content: 'fix less' }],
    });
  });

  test('the plain form is one turn', async () => {
    expect(await roll(() => says('sed 2\n <=\n <'), { protocol: plain })).toMatchObject({
      exit: 'finish',
      turns: 1,
      valid_call: true,
    });
    expect(await roll(() => says('hm'), { protocol: plain })).toMatchObject({ exit: 'format', turns: 1, patch: '' });
  });

  test('hidden tests are never visible ones', () => {
    expect(visibleTests(INSTANCE)).toEqual(Array.from({ length: 8 }, (_, index) => `t::visible${index}`));
  });
});

describe('scripted teacher', () => {
  test('mends the bug and finishes', async () => {
    const result = await roll(teacher({}));
    expect(result.messages.filter(({ role }) => role === 'assistant').map(({ tool }) => tool)).toEqual([
      'view',
      'sed',
      'finish',
    ]);
    expect(result.workspace.text()).toContain('if a < b');
  });

  test('after a failed test it undoes its edit and makes another', async () => {
    const right = CODE;
    const result = await roll(teacher({ wrong_edit_then_test_then_fix: 1 }), {
      judge: (text) => (text === right ? passed : oneFailed),
    });
    expect(result.messages.filter(({ role }) => role === 'assistant').map(({ tool }) => tool)).toEqual([
      'view',
      'sed',
      'test',
      'sed',
      'sed',
      'finish',
    ]);
    expect(result.messages[6]).toMatchObject({ content: '1 failed, 1 passed', error: 'nonzero', exit_code: 1 });
    expect(result.workspace.text()).toBe(CODE.replace('<=', '<'));
  });

  test('where the wrong edit passes it believes the tests, and is wrong', async () => {
    const result = await roll(teacher({ wrong_edit_then_test_then_fix: 1 }));
    expect(result).toMatchObject({ exit: 'finish', turns: 4 });
    expect(result.workspace.text()).not.toBe(CODE.replace('<=', '<'));
  });

  test('each kind of slip is an invocation error, then mended', async () => {
    for (const slip of ['no_match', 'wrong_line', 'unknown_tool']) {
      for (let seed = 0; seed < 20; seed += 1) {
        const result = await roll(teacher({ [slip]: 1 }, seed));
        expect(result.messages.filter(({ error }) => error === 'invocation')).toHaveLength(1);
        expect(result.workspace.text()).toBe(CODE.replace('<=', '<'));
      }
    }
  });

  test('the same seed says the same', async () => {
    const mistakes = { ...DEFAULT_MISTAKES };
    const [one, two] = [await roll(teacher(mistakes, 7)), await roll(teacher(mistakes, 7))];
    expect(one.messages).toEqual(two.messages);
  });

  test('giving up leaves an empty patch', async () => {
    expect(await roll(teacher({ give_up: 1 }))).toMatchObject({ exit: 'finish', patch: '', turns: 2 });
  });
});
