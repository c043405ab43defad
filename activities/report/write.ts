import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../recipe/errors.js';
import { defineActivity, type ActivityContext } from '../activity.js';
import { buildReport } from './build-report.js';
import type { ComparisonDocument } from './comparison-document.js';
import type { ScoreDocument } from './score-document.js';
import { readFacts } from './sections/facts.js';
import { readNote, type Note } from './sections/notes.js';

const free = { type: 'object', default: {} };

export default defineActivity({
  name: 'report/write',
  version: 2,
  summary: 'Writes the report: one HTML file that needs nothing else, Markdown, and JSON.',
  queue: 'cpu',
  quick: true,
  inputs: {
    score: { kind: 'score', optional: true, description: 'May be left out where there is a comparison.' },
    comparison: { kind: 'comparison', optional: true },
    notes: {
      kind: 'any',
      optional: true,
      description: 'Artifacts to show: counts, audits, metrics, instances, trajectories.',
    },
  },
  outputs: { report: { kind: 'report', description: 'report.html, report.md, report.json.' } },
  scalars: ['sections', 'bytes'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      title: { type: 'string', default: 'Report', description: 'Heading of the report.' },
      targets: {
        type: ['string', 'null'],
        enum: ['paper', null],
        default: null,
        description: "paper: the paper's numbers beside ours, where the profile is the paper's.",
      },
      profile: { type: ['string', 'null'], default: null, description: 'Name of the profile.' },
      teacher: { type: ['string', 'null'], default: null, description: 'What made the demonstrations.' },
      base: { type: ['string', 'null'], default: null, description: 'What the base model is.' },
      seeds: { ...free, description: 'Seeds by name.' },
      params: { ...free, description: 'Params of the recipe, to be listed.' },
      origins: { ...free, description: 'By param: paper, secondary, code or assumed.' },
    },
  },

  async run(context) {
    const [score] = context.inputs.has('score') ? await context.inputs.all<ScoreDocument>('score') : [];
    const [comparison] = context.inputs.has('comparison')
      ? await context.inputs.all<ComparisonDocument>('comparison')
      : [];
    if (score === undefined && comparison === undefined)
      throw new UserError(
        'no-score',
        "report/write: neither 'score' nor 'comparison' has a record. Give the output of report/score or report/compare.",
      );
    const notes = await readNotes(context);
    const facts = readFacts(context.params, notes);
    const title = typeof context.params['title'] === 'string' ? context.params['title'] : 'Report';
    const { html, markdown, json } = buildReport({
      title,
      score: score ?? null,
      comparison: comparison ?? null,
      facts,
      notes,
    });
    const folder = join(context.directory, 'report');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await Promise.all([
      writeFile(join(folder, 'report.html'), html),
      writeFile(join(folder, 'report.md'), markdown),
      writeFile(join(folder, 'report.json'), json),
    ]);
    await context.outputs.writeDirectory('report', folder);
    return { sections: html.split('<section ').length - 1, bytes: Buffer.byteLength(html) };
  },
});

/** Kinds that are file trees have no records to show. */
const TREES = new Set(['model', 'verifier', 'report', 'file']);

async function readNotes(context: ActivityContext): Promise<Note[]> {
  const notes: Note[] = [];
  for (const source of context.inputs.has('notes') ? context.inputs.sources('notes') : []) {
    if (!TREES.has(source.kind)) notes.push(await readNote(source, context.inputs.recordsOf(source)));
  }
  return notes;
}
