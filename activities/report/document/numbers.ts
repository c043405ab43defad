import type { Estimate } from '../score-document.js';

/** 0.3712 -> 37.1 */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? '–' : (share * 100).toFixed(1);
}

/** 37.1 [31.3, 42.8] */
export function withInterval(estimate: Estimate | undefined): string {
  if (estimate === undefined || !Number.isFinite(estimate.mean)) return '–';
  return `${percent(estimate.mean)} [${percent(estimate.low)}, ${percent(estimate.high)}]`;
}

/** +5.9 */
export function points(difference: number | undefined): string {
  if (difference === undefined || !Number.isFinite(difference)) return '–';
  const text = (difference * 100).toFixed(1);
  return difference >= 0 && !text.startsWith('-') ? `+${text}` : text.replace('-', '−');
}

export function decimal(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

export function probability(p: number): string {
  if (!Number.isFinite(p)) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}
