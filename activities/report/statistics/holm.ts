/** Holm's step-down adjustment, in the order given. Never below the value itself, and in the same order as the values. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const adjusted = new Array<number>(values.length).fill(1);
  let highest = 0;
  order.forEach(({ value, index }, rank) => {
    highest = Math.max(highest, Math.min(1, value * (values.length - rank)));
    adjusted[index] = highest;
  });
  return adjusted;
}
