import type { StagePreview } from '../../engine/explain/preview.js';
import { needsOf } from '../../engine/orders/resolve.js';
import { UserError } from '../../recipe/errors.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';
import { formatDuration } from '../format.js';
import { layeredLayout, type Point } from './layered-layout.js';
import { stateColours } from './plan-colours.js';
import { reasonOf } from './plan-reason.js';
import { labelOf } from './plan-table.js';
import { directEdges } from './transitive-edges.js';

/** Stages in a drawing: more are no picture, and their layout takes minutes. */
const MOST = 600;
const HEIGHT = 46;
const MARGIN = 24;
/** Above the drawing: the title, and what the colours mean. */
const HEAD = 72;

/**
 * The plan as a self-contained SVG, from top to bottom. An arrow that longer ways imply is left out; the tooltip of a stage names all
 * that it reads.
 * @throws UserError `graph-too-large`
 */
export function svg(plan: Plan, previews: readonly StagePreview[] | undefined): string {
  if (plan.nodes.length > MOST)
    throw new UserError(
      'graph-too-large',
      `The plan has ${plan.nodes.length} stages, and ${MOST} are the most that a drawing shows. Use --graph mermaid, or name \`targets\` in the recipe.`,
    );
  const needs = plan.nodes.map(needsOf);
  const layout = layeredLayout(
    plan.nodes.map((node) => ({ width: widthOf(node), height: HEIGHT })),
    directEdges(needs),
    MARGIN,
  );
  const states = [...new Set((previews ?? []).map(({ state }) => state))];
  const wide = Math.max(Math.ceil(layout.width), 560);
  const tall = Math.ceil(layout.height) + HEAD;
  const shift = Math.round((wide - layout.width) / 2);
  const place = (number: number): Box => ({
    ...(layout.boxes[number] ?? { x: 0, y: 0 }),
    width: plan.nodes[number] ? widthOf(plan.nodes[number]) : 0,
  });
  const edges = layout.edges.map(({ from, to, points }) => arrow(points, place(from), place(to)));
  const boxes = plan.nodes.map((node, number) => {
    const { x, y } = place(number);
    const reads = (needs[number] ?? []).map((need) => plan.nodes[need]?.id ?? String(need));
    return box(node, previews?.[number], reads, x, y);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${tall}" width="${wide}" height="${tall}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${escaped(titleOf(plan))}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 L7.5 4 L0 7.5 z" fill="#80868b"/></marker></defs>',
    `<rect width="${wide}" height="${tall}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="30" font-size="16" font-weight="600" fill="#202124">${escaped(titleOf(plan))}</text>`,
    ...legend(states, previews ?? []),
    `<g transform="translate(${shift} ${HEAD})">`,
    `<g fill="none" stroke="#9aa0a6" stroke-width="1.3" marker-end="url(#arrow)">`,
    ...edges,
    '</g>',
    ...boxes,
    '</g>',
    '</svg>',
  ].join('\n');
}

function titleOf(plan: Plan): string {
  return `${plan.name}${plan.profile === null ? '' : `, profile ${plan.profile}`}: ${plan.nodes.length} stages`;
}

function legend(states: readonly StagePreview['state'][], previews: readonly StagePreview[]): string[] {
  let x = MARGIN;
  return states.flatMap((state) => {
    const text = `${previews.filter((one) => one.state === state).length} ${state}`;
    const { fill, stroke } = stateColours[state];
    const at = x;
    x += 30 + text.length * 7;
    return [
      `<rect x="${at}" y="44" width="14" height="14" rx="3" fill="${fill}" stroke="${stroke}"${dashes(state)}/>`,
      `<text x="${at + 20}" y="55.5" font-size="12" fill="#3c4043">${escaped(text)}</text>`,
    ];
  });
}

function box(
  node: PlanNode,
  preview: StagePreview | undefined,
  reads: readonly string[],
  x: number,
  y: number,
): string {
  const width = widthOf(node);
  const { fill, stroke } = stateColours[preview?.state ?? 'unknown'];
  const left = round(x - width / 2);
  const top = round(y - HEIGHT / 2);
  const time = preview?.estimate ? `~${formatDuration(preview.estimate.milliseconds)}` : '';
  const facts = [
    labelOf(node),
    ...(preview ? [[preview.state, reasonOf(preview)].filter(Boolean).join(': ')] : []),
    ...(node.aliases.length > 0 ? [`also ${node.aliases.join(', ')}`] : []),
    ...(reads.length > 0 ? [`reads ${reads.join(', ')}`] : []),
    ...(time ? [`takes ${time}`] : []),
  ];
  return [
    `<g><title>${escaped(facts.join('\n'))}</title>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${HEIGHT}" rx="7" fill="${fill}" stroke="${stroke}" stroke-width="1.4"${dashes(preview?.state)}/>`,
    `<text x="${round(x)}" y="${top + 20}" font-size="13" font-weight="600" text-anchor="middle" fill="#202124">${escaped(labelOf(node))}</text>`,
    `<text x="${round(x)}" y="${top + 36}" font-size="11" text-anchor="middle" fill="#5f6368">${escaped([node.activity, time].filter(Boolean).join(' · '))}</text>`,
    '</g>',
  ].join('');
}

/** What waits is dashed: colours alone do not tell everybody. */
function dashes(state: StagePreview['state'] | undefined): string {
  return state === 'waiting' ? ' stroke-dasharray="5 3"' : '';
}

/** By the mean width of a letter; there is nobody here to measure it. */
function widthOf(node: PlanNode): number {
  return Math.ceil(Math.max(labelOf(node).length * 7.4, (node.activity.length + 12) * 6, 90) + 24);
}

interface Box extends Point {
  readonly width: number;
}

/** From the lower side of a box to the upper side of another, bent at each point of the layout. */
function arrow(points: readonly Point[], from: Box, to: Box): string {
  const along = ({ x, width }: Box, wish: number): number => Math.min(Math.max(wish, x - width * 0.4), x + width * 0.4);
  const middle = points.slice(1, -1);
  const first = { x: along(from, (middle[0] ?? to).x), y: from.y + HEIGHT / 2 };
  const last = { x: along(to, (middle.at(-1) ?? from).x), y: to.y - HEIGHT / 2 - 1 };
  const steps = [`M${round(first.x)} ${round(first.y)}`];
  for (const [index, point] of middle.entries()) {
    const next = middle[index + 1];
    const end = next ? { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 } : last;
    steps.push(`Q${round(point.x)} ${round(point.y)} ${round(end.x)} ${round(end.y)}`);
  }
  if (middle.length === 0) steps.push(`L${round(last.x)} ${round(last.y)}`);
  return `<path d="${steps.join(' ')}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
