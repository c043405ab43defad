/** Maps a domain onto pixels. */
export function linear(from: number, to: number, start: number, end: number): (value: number) => number {
  const width = to - from === 0 ? 1 : to - from;
  return (value) => start + ((value - from) / width) * (end - start);
}

/** Round values that cover the domain, about `count` of them. */
export function ticks(from: number, to: number, count = 5): number[] {
  const rough = Math.max(1e-9, to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  const result: number[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index += 1) {
    result.push(Number((index * step).toPrecision(12)));
  }
  return result;
}

/** Pixels with a tenth: enough, and the same on every machine. */
export function px(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}
