import type { Section } from './document/blocks.js';
import { renderHtml } from './document/html.js';
import { renderMarkdown } from './document/markdown.js';
import type { ComparisonDocument } from './comparison-document.js';
import type { ScoreDocument } from './score-document.js';
import { comparisonSection } from './sections/comparison.js';
import type { ReportFacts } from './sections/facts.js';
import type { Note } from './sections/notes.js';
import { provenanceSections } from './sections/provenance.js';
import { resultSections } from './sections/results.js';
import { summarySection } from './sections/summary.js';

export interface ReportInput {
  readonly title: string;
  readonly score: ScoreDocument | null;
  readonly comparison: ComparisonDocument | null;
  readonly facts: ReportFacts;
  readonly notes: readonly Note[];
}

/** The three files of a report, from the same sections. Pure. */
export function buildReport(input: ReportInput): { html: string; markdown: string; json: string } {
  const { title, score, comparison, facts, notes } = input;
  const sections: Section[] = [
    ...(score === null ? [] : [summarySection(score, facts)]),
    ...(comparison === null ? [] : [comparisonSection(comparison, score === null ? facts : null)]),
    ...(score === null ? [] : resultSections(score)),
    ...provenanceSections(score, comparison, facts, notes),
  ];
  return {
    html: renderHtml(title, sections),
    markdown: renderMarkdown(title, sections),
    json: `${JSON.stringify({ mortar: 1, title, score, comparison, facts, notes }, null, 2)}\n`,
  };
}
