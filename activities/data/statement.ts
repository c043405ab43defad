import type { Instance } from '../../schemas/records.js';
import { parsePatch } from '../agent/patch.js';

/** A title and what was seen. Where even the symptom gives the fix away, only the kind of error is told. */
export function templateStatement(instance: Instance): string {
  const { file, symbol } = instance.focus;
  const symptom = toldSymptom(instance);
  const error = errorName(symptom);
  const title =
    error === 'AssertionError' || error === undefined
      ? `\`${symbol}\` gives a wrong result`
      : `\`${symbol}\` fails with ${error}`;
  const lines = [
    title,
    '',
    `In ${instance.repo} ${instance.version}, \`${symbol}\` (${file}) does not behave as documented.`,
  ];
  if (symptom !== undefined) lines.push('', 'What I see:', '', '```', symptom, '```');
  return lines.join('\n');
}

export function statementQuestion(instance: Instance): string {
  return [
    'Write a short bug report, as a user of a Python library would: a title line, then what was tried, what happened and what was expected.',
    'Do not guess at the cause, do not propose a change of code, and do not mention tests.',
    '',
    `Library: ${instance.repo} ${instance.version}`,
    `Where: \`${instance.focus.symbol}\` in ${instance.focus.file}`,
    `Error: ${toldSymptom(instance) ?? 'a wrong result'}`,
    `Seen in: ${instance.FAIL_TO_PASS.slice(0, 3).map(topicOf).join(', ') || 'normal use'}`,
  ].join('\n');
}

/** Whether a text has a line of the fix in it. Very short lines say nothing: `else:` is in many texts. */
export function leaksGold(text: string, instance: Pick<Instance, 'patch' | 'bug'>): boolean {
  const told = squeeze(text);
  const good = instance.bug?.good.trim() ?? '';
  return (
    goldLines(instance.patch).some((line) => told.includes(line)) || (good.length >= 8 && told.includes(squeeze(good)))
  );
}

/** Lines that a patch adds, without blanks; those that are long enough to say something. */
export function goldLines(patch: string): string[] {
  return parsePatch(patch)
    .flatMap(({ added }) => added)
    .map(squeeze)
    .filter((line) => line.length >= 8);
}

function toldSymptom(instance: Instance): string | undefined {
  const symptom = instance.symptom?.trim();
  if (symptom === undefined || symptom === '') return undefined;
  return leaksGold(symptom, instance) ? errorName(symptom) : symptom;
}

function errorName(symptom: string | undefined): string | undefined {
  return symptom === undefined ? undefined : /^[A-Za-z_][\w.]*/.exec(symptom)?.[0]?.split('.').at(-1);
}

/** What a test is about, in words: its name, without its path, prefix and parameters. */
function topicOf(test: string): string {
  const name = test.split('::').at(-1) ?? test;
  return name
    .replace(/\[.*$/, '')
    .replace(/^test_?/, '')
    .replaceAll('_', ' ');
}

/** Without blanks: what is quoted may be laid out otherwise. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, '');
}
