import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A step of a history: files as they are after it (null: gone), and what its author wrote. */
interface Step {
  readonly message: string;
  readonly files: Readonly<Record<string, string | null>>;
  /** Done on a branch, and merged. */
  readonly merged?: boolean;
}

const lines = (...text: string[]): string => `${text.join('\n')}\n`;

const CLAMP = [
  'def clamp(value, low, high):',
  '    """Value, kept between low and high."""',
  '    if value < low:',
  '        return low',
];
const SPAN = ['', '', 'def span(values):', '    """How far apart the values are."""'];
const TEST = ['from ranges import clamp, span', '', '', 'def test_low():', '    assert clamp(0, 1, 3) == 1'];
const TEST_HIGH = [...TEST, '', '', 'def test_high():', '    assert clamp(5, 1, 3) == 3'];

/** A package with tests, and what was done to it: two fixes with tests, one of them on a branch, and changes that are none. */
const STEPS: readonly Step[] = [
  {
    message: 'First version',
    files: {
      'ranges/__init__.py': lines(...CLAMP, '    return value', ...SPAN, '    return max(values) - min(values)'),
      'tests/test_ranges.py': lines(...TEST),
      'README.md': lines('Ranges'),
    },
  },
  { message: 'Say more in the readme', files: { 'README.md': lines('Ranges', '', 'Of numbers.') } },
  {
    message:
      'clamp() ignores the upper bound (#3)\n\nclamp(5, 1, 3) gives 5 where 3 is expected.\nIt now says `return min(value, high)`.\n\nSigned-off-by: A <a@example.invalid>',
    files: {
      'ranges/__init__.py': lines(
        ...CLAMP,
        '    return min(value, high)',
        ...SPAN,
        '    return max(values) - min(values)',
      ),
      'tests/test_ranges.py': lines(...TEST_HIGH),
    },
  },
  {
    message: 'Name the constant',
    files: {
      'ranges/__init__.py': lines(
        'NOTHING = 0',
        '',
        '',
        ...CLAMP,
        '    return min(value, high)',
        ...SPAN,
        '    return max(values) - min(values)',
      ),
    },
  },
  {
    merged: true,
    message: 'span() of no values fails\n\nspan([]) raises ValueError: it has no largest value.',
    files: {
      'ranges/__init__.py': lines(
        'NOTHING = 0',
        '',
        '',
        ...CLAMP,
        '    return min(value, high)',
        ...SPAN,
        '    if not values:',
        '        return NOTHING',
        '    return max(values) - min(values)',
      ),
      'tests/test_empty.py': lines('from ranges import span', '', '', 'def test_empty():', '    assert span([]) == 0'),
      'CHANGES.md': lines('span() of no values'),
    },
  },
];

/** Makes the repository, the same each time, and gives its commits on the main line, the oldest first. */
export function rangesRepository(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const commits: string[] = [];
  const at = (step: number): NodeJS.ProcessEnv => {
    const date = `2024-03-0${step + 1}T12:00:00Z`;
    return {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.invalid',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.invalid',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    };
  };
  const git = (step: number, ...command: string[]): string =>
    execFileSync('git', ['-C', folder, ...command], { encoding: 'utf8', env: at(step) }).trim();
  git(0, 'init', '-q', '-b', 'main');
  for (const [index, { message, files, merged }] of STEPS.entries()) {
    if (merged === true) git(index, 'checkout', '-q', '-b', `branch-${index}`);
    for (const [file, text] of Object.entries(files)) {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      if (text === null) rmSync(path);
      else writeFileSync(path, text);
    }
    git(index, 'add', '--all');
    git(index, 'commit', '-q', '-m', merged === true ? 'wip' : message);
    if (merged === true) {
      git(index, 'checkout', '-q', 'main');
      git(
        index,
        'merge',
        '-q',
        '--no-ff',
        '-m',
        `Merge pull request #4 from a/branch\n\n${message}`,
        `branch-${index}`,
      );
    }
    commits.push(git(index, 'rev-parse', 'HEAD'));
  }
  return commits;
}
