import { expect, test } from 'vitest';
import { barPlot, type Bar } from '../../activities/report/plots/bars.js';

const bars = (label: string): Bar[] => [{ label, value: 13, low: 10, high: 17, group: 0 }];

test('labels have the room that the longest takes, and one that is too long keeps both of its ends', () => {
  const cell = 'curriculum=restarts, masking=invocation';
  const svg = barPlot(bars(cell), 'Rates');
  expect(svg).toContain(`>${cell}</text>`);
  // About seven pixels a letter, from where the bars begin.
  const end = Number(/<text x="(\d+)"[^>]*text-anchor="end">curriculum/.exec(svg)?.[1]);
  expect(end).toBeGreaterThan(7 * cell.length);
  const long = barPlot(bars(`begin ${'x'.repeat(200)} end`), 'Rates');
  expect(long).toMatch(/>begin x+…x+ end<\/text>/);
});
