/** Works until it is done or the user presses Ctrl-C; true where the user did. Does not wait for what is under way then. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const leave = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    leave.signal.addEventListener('abort', () => resolve());
  });
  const onInterrupt = (): void => leave.abort();
  process.once('SIGINT', onInterrupt);
  try {
    await Promise.race([work(leave.signal), interrupted]);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  return leave.signal.aborted;
}
