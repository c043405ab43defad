import type { ChatMessage } from '../../models/model.js';
import type { Trajectory } from '../../schemas/records.js';

export const QUESTION = 'correct?';

/**
 * What a verifier reads: the trajectory's messages and the question. No verdict, class or mask is in it.
 * @param limit characters of all messages; where there are more, the middle of the conversation goes: the task, the patch and the question stay
 * @param withPatch text agents: the final patch as a message of its own; terse ones wrote it in their edits
 */
export function judgeMessages(trajectory: Trajectory, limit: number, withPatch: boolean): ChatMessage[] {
  const log = trajectory.messages.map(({ role, content }): ChatMessage => ({ role, content }));
  const last: ChatMessage[] = [];
  if (withPatch) last.push({ role: 'user', content: `final patch:\n${trajectory.patch}` });
  last.push({ role: 'user', content: QUESTION });
  const room = limit - last.reduce((sum, { content }) => sum + content.length, 0);
  return [...withoutMiddle(log, room), ...last];
}

/** Drops whole messages, from the middle outwards, so that roles still alternate as far as they did. */
function withoutMiddle(messages: readonly ChatMessage[], room: number): ChatMessage[] {
  const kept = [...messages];
  let length = kept.reduce((sum, { content }) => sum + content.length, 0);
  while (length > room && kept.length > 3) {
    const middle = 1 + Math.floor((kept.length - 2) / 2);
    // An assistant turn and its observation go together.
    const from = kept[middle]?.role === 'assistant' ? middle : Math.max(1, middle - 1);
    const gone = kept.splice(from, Math.min(2, kept.length - 1 - from));
    length -= gone.reduce((sum, { content }) => sum + content.length, 0);
  }
  return kept;
}
