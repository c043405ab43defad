import { escape } from '../document/html.js';
import { px, linear, ticks } from './scale.js';

export interface Series {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  readonly colour: number;
  readonly dashed?: boolean;
  /** Draws the interval as a band. */
  readonly band?: boolean;
}

export interface LineOptions {
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Unit after y ticks, such as ' %'. */
  readonly unit?: string;
  /** x values are doubled from one to the next. */
  readonly logX?: boolean;
  readonly xTicks?: readonly number[];
  readonly yFrom?: number;
  readonly yTo?: number;
  /** Long series are shown without marks. */
  readonly marks?: boolean;
}

const DASHES = ['', '7 4', '2 3', '9 3 2 3', '4 4', '1 4', '12 4'];

/** Lines with their names at the right end: no legend to look up. */
export function linePlot(series: readonly Series[], options: LineOptions): string {
  const [width, height, left, right, top, bottom] = [800, 380, 58, 216, 26, 44];
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const place = (x: number): number => (options.logX === true ? Math.log2(x) : x);
  const xs = all.map((point) => place(point.x));
  const lows = series.flatMap(({ points, band }) =>
    points.map((point) => (band === true ? (point.low ?? point.y) : point.y)),
  );
  const low = Math.min(options.yFrom ?? Infinity, ...lows);
  const high = Math.max(options.yTo ?? -Infinity, ...all.map((point) => point.high ?? point.y));
  const yTicks = ticks(low, high);
  const x = linear(Math.min(...xs), Math.max(...xs), left, width - right);
  const y = linear(Math.min(low, yTicks[0] ?? low), Math.max(high, yTicks.at(-1) ?? high), height - bottom, top);
  const xTicks = options.xTicks ?? ticks(Math.min(...xs), Math.max(...xs));
  const grid = [
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${left}" x2="${width - right}" y1="${px(y(tick))}" y2="${px(y(tick))}"/><text class="soft" x="${left - 8}" y="${px(y(tick) + 4)}" text-anchor="end">${tick}${options.unit ?? ''}</text>`,
    ),
    ...xTicks.map(
      (tick) =>
        `<line class="axis" x1="${px(x(place(tick)))}" x2="${px(x(place(tick)))}" y1="${height - bottom}" y2="${height - bottom + 5}"/><text class="soft" x="${px(x(place(tick)))}" y="${height - bottom + 19}" text-anchor="middle">${tick}</text>`,
    ),
    `<line class="axis" x1="${left}" x2="${width - right}" y1="${height - bottom}" y2="${height - bottom}"/>`,
    `<text class="soft" x="${px((left + width - right) / 2)}" y="${height - 6}" text-anchor="middle">${escape(options.xLabel)}</text>`,
    `<text class="soft" x="${left}" y="14" text-anchor="start">${escape(options.yLabel)}</text>`,
  ].join('');
  const drawn = series.map(({ points, colour, dashed, band }) => {
    const stroke = `var(--s${(colour % 7) + 1})`;
    const at = (px0: number, py: number): string => `${px(x(place(px0)))} ${px(y(py))}`;
    const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${at(point.x, point.y)}`).join('');
    const area =
      band === true
        ? `<path d="M${points.map((point) => at(point.x, point.high ?? point.y)).join('L')}L${[...points]
            .reverse()
            .map((point) => at(point.x, point.low ?? point.y))
            .join('L')}Z" fill="${stroke}" fill-opacity=".13"/>`
        : '';
    const marks =
      options.marks === false
        ? ''
        : points
            .map((point) => `<circle cx="${px(x(place(point.x)))}" cy="${px(y(point.y))}" r="3" fill="${stroke}"/>`)
            .join('');
    const dash = dashed === true ? (DASHES[colour % 7] ?? '') || '3 4' : (DASHES[colour % 7] ?? '');
    return `${area}<path d="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>${marks}`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(options.description)}">${grid}${drawn.join('')}${endLabels(series, y, width - right + 12, top, height - bottom)}</svg>`;
}

/** Names beside the line ends, moved apart where lines end close together. */
function endLabels(
  series: readonly Series[],
  y: (value: number) => number,
  x: number,
  top: number,
  bottom: number,
): string {
  const labels = series
    .flatMap(({ label, points, colour }) => {
      const last = points.at(-1);
      return last === undefined || label === '' ? [] : [{ label, colour, at: y(last.y) + 4 }];
    })
    .sort((a, b) => a.at - b.at);
  const gap = 16;
  let previous = top - gap;
  const placed = labels.map((one) => ({ ...one, at: (previous = Math.max(one.at, previous + gap)) }));
  const over = Math.max(0, previous - bottom - 6);
  return placed
    .map(
      ({ label, colour, at }) =>
        `<circle cx="${x}" cy="${px(at - over - 4)}" r="4" fill="var(--s${(colour % 7) + 1})"/><text x="${x + 9}" y="${px(at - over)}">${escape(label)}</text>`,
    )
    .join('');
}
