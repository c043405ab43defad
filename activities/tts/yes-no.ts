import type { TokenLogprob } from '../../models/model.js';

const YES = new Set(['yes', 'Yes', 'YES', ' yes', ' Yes', ' YES']);
const NO = new Set(['no', 'No', 'NO', ' no', ' No', ' NO']);

export interface YesNo {
  /** p(yes) / (p(yes) + p(no)); null where neither was seen: never silently one half. */
  readonly score: number | null;
  readonly yes: number;
  readonly no: number;
}

/** Sums the spellings among the alternatives of the first sampled token. */
export function yesNo(token: TokenLogprob | undefined): YesNo {
  const seen = new Map<string, number>();
  for (const { token: text, logprob } of token?.top ?? []) seen.set(spelling(text), logprob);
  if (token !== undefined && !seen.has(spelling(token.token))) seen.set(spelling(token.token), token.logprob);
  let yes = 0;
  let no = 0;
  for (const [text, logprob] of seen) {
    if (YES.has(text)) yes += Math.exp(logprob);
    else if (NO.has(text)) no += Math.exp(logprob);
  }
  return { score: yes + no > 0 ? yes / (yes + no) : null, yes, no };
}

/** Some servers give the tokenizer's own spelling of a leading space. */
function spelling(token: string): string {
  return token.replace(/^[\u0120\u2581]/, ' ');
}
