import type { Trajectory } from '../../schemas/records.js';

/** Calls that fetch the fix instead of finding it: from git's history, from the network, from an installed copy. */
const LEAKS: readonly RegExp[] = [
  /\bgit\s+(?:[^\n|;&]*\s)?log\b[^\n|;&]*--(?:all|reflog|branches|remotes|tags)\b/,
  /\bgit\s+(?:[^\n|;&]*\s)?(?:show|cherry-pick|checkout|diff)\s+[0-9a-f]{7,40}\b/,
  /\bgit\s+(?:[^\n|;&]*\s)?(?:reflog|fsck|fetch|pull|clone|ls-remote|rev-list\s+--all)\b/,
  /\b(?:curl|wget)\s[^\n|;&]*(?:github|gitlab|raw\.githubusercontent)/,
  /\bpip3?\s+(?:download|install)\s+(?!-e\b|--editable\b|\.)/,
  /\/site-packages\/[^\s'"]+\.py\b/,
];

/** Looks at what the agent wrote, not at what it was shown. */
export function leaks(trajectory: Trajectory): boolean {
  return trajectory.messages.some(
    ({ role, content }) => role === 'assistant' && LEAKS.some((pattern) => pattern.test(content)),
  );
}
