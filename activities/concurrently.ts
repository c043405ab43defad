/**
 * Works on values in order, at most `limit` at once, and yields each result as it is there.
 * The first error stops new work, waits for what is in flight, and is thrown.
 */
export async function* concurrently<T, R>(
  values: Iterable<T>,
  limit: number,
  work: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const waiting = values[Symbol.iterator]();
  const running = new Map<number, Promise<{ number: number; result: R }>>();
  let started = 0;
  const start = (): boolean => {
    const next = waiting.next();
    if (next.done === true) return false;
    const number = started++;
    running.set(
      number,
      work(next.value).then((result) => ({ number, result })),
    );
    return true;
  };
  try {
    while (running.size < Math.max(1, limit) && start());
    while (running.size > 0) {
      const { number, result } = await Promise.race(running.values());
      running.delete(number);
      yield result;
      while (running.size < Math.max(1, limit) && start());
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}
