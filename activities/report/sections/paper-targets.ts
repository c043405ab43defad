import type { Section } from '../document/blocks.js';
import { withInterval } from '../document/numbers.js';
import type { ScoreDocument } from '../score-document.js';
import type { ReportFacts } from './facts.js';

/** Published rates on SWE-bench Verified (500 instances), SWE-Lego's Fig. 1a. */
const PUBLISHED: Readonly<Record<string, { readonly sft: number; readonly tts: number }>> = {
  'qwen3-8b': { sft: 42.2, tts: 49.6 },
  'qwen3-32b': { sft: 52.6, tts: 58.8 },
};

/** A published number is a target of the profile that it was measured with, and of no other. */
export function paperTargets(facts: ReportFacts, score: ScoreDocument): Section[] {
  if (facts.targets !== 'paper') return [];
  const published = facts.profile === null ? undefined : PUBLISHED[facts.profile];
  if (published === undefined) {
    return [
      {
        id: 'targets',
        title: 'Published numbers',
        blocks: [
          {
            type: 'text',
            text: `The paper's numbers are of Qwen3-8B and Qwen3-32B on SWE-bench Verified. Profile ${facts.profile ?? '(not named)'} has another model and other instances: there is no target to compare with.`,
          },
        ],
      },
    ];
  }
  const sft = score.rows.find(({ name }) => name === 'sft');
  const best = sft?.selectors
    .find(({ kind, verifier }) => kind === 'verifier' && verifier === 'generative')
    ?.at.find(({ k }) => k === 16);
  return [
    {
      id: 'targets',
      title: 'Published numbers',
      blocks: [
        {
          type: 'table',
          caption:
            'Beside the paper (its Fig. 1a). Runs averaged there, and the sampling temperature of its 16 rollouts: not published.',
          columns: [{ title: 'metric' }, { title: 'published', numeric: true }, { title: 'here', numeric: true }],
          rows: [
            ['SFT', published.sft.toFixed(1), withInterval(sft?.pass_at_1)],
            ['SFT, TTS@16', published.tts.toFixed(1), withInterval(best?.all)],
          ],
        },
      ],
    },
  ];
}
