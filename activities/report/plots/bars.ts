import { escape } from '../document/html.js';
import { px, linear, ticks } from './scale.js';

export interface Bar {
  readonly label: string;
  /** Percent. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Bars of a group share a colour. */
  readonly group: number;
}

/** Pixels that a letter of a label takes, about, and that all of them may take. */
const LETTER = 7.2;
const MOST_LABEL = 440;

/** Horizontal bars with intervals; the number stands beside each. */
export function barPlot(bars: readonly Bar[], description: string): string {
  const longest = Math.max(...bars.map(({ label }) => label.length));
  const left = Math.min(MOST_LABEL, Math.max(250, Math.ceil(longest * LETTER) + 14));
  const [right, rowHeight, top] = [70, 30, 8];
  const width = 800;
  const height = top + bars.length * rowHeight + 34;
  const most = Math.max(10, ...bars.map(({ high }) => high));
  const end = ticks(0, most).at(-1) ?? most;
  const x = linear(0, Math.max(most, end), left, width - right);
  const bottom = top + bars.length * rowHeight;
  const grid = ticks(0, most)
    .map(
      (tick) =>
        `<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${top}" y2="${bottom}"/><text class="soft" x="${px(x(tick))}" y="${bottom + 17}" text-anchor="middle">${tick} %</text>`,
    )
    .join('');
  const rows = bars
    .map(({ label, value, low, high, group }, index) => {
      const middle = top + index * rowHeight + rowHeight / 2;
      const colour = `var(--s${(group % 7) + 1})`;
      return `<text x="${left - 10}" y="${px(middle + 4)}" text-anchor="end">${escape(fitting(label, left))}</text>
<rect x="${px(x(0))}" y="${px(middle - 8)}" width="${px(Math.max(0.5, x(value) - x(0)))}" height="16" rx="2" fill="${colour}" fill-opacity=".55"/>
<path d="M${px(x(low))} ${px(middle)}H${px(x(high))}M${px(x(low))} ${px(middle - 5)}V${px(middle + 5)}M${px(x(high))} ${px(middle - 5)}V${px(middle + 5)}" stroke="var(--ink)" stroke-width="1.4" fill="none"/>
<text x="${px(x(high) + 8)}" y="${px(middle + 4)}">${value.toFixed(1)}</text>`;
    })
    .join('\n');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(description)}">${grid}${rows}</svg>`;
}

/** What does not fit is cut in its middle: names of cells differ at both ends. The table has them whole. */
function fitting(label: string, left: number): string {
  const room = Math.floor((left - 14) / LETTER);
  if (label.length <= room) return label;
  const half = Math.floor((room - 1) / 2);
  return `${label.slice(0, half)}…${label.slice(-half)}`;
}
