import { parsePatch } from '../../agent/patch.js';

const CHANGELOG =
  /^(?:docs?\/)?(?:source\/)?(?:changes|changelog|history|news|release[-_ ]?notes?)(?:\.(?:md|rst|txt))?$/i;
/** Versions, dates and underlines. */
const HEADING =
  /^[#=\s*]*(?:\[?v?\d+\.\d+[\w.]*\]?|\d{4}-\d{2}-\d{2}|version\b|unreleased\b)[^a-z]*$|^[=\-~^*#+]{3,}\s*$/i;

/** What a release's changelog says that the older one's did not; empty where there is no changelog. */
export function changelogEntries(diff: string): string {
  return parsePatch(diff)
    .filter(({ file }) => CHANGELOG.test(file))
    .flatMap(({ added }) => added)
    .filter((line) => !HEADING.test(line))
    .join('\n')
    .trim();
}
