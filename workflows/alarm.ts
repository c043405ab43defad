import { condition, sleep } from '@temporalio/workflow';

/** Waits for news, up to a time. One timer lasts over many pieces of news: each timer is a write of the server. */
export class Alarm {
  #timer: { readonly at: number; rings: boolean } | undefined;

  /** False: there was no news for so many milliseconds. */
  async hasNews(isNew: () => boolean, within: number): Promise<boolean> {
    for (const end = Date.now() + within; ;) {
      const left = end - Date.now();
      if (left <= 0) return false;
      const present = this.#timer && !this.#timer.rings && this.#timer.at <= end ? this.#timer : this.#set(left);
      await condition(() => isNew() || present.rings);
      if (isNew()) return true;
    }
  }

  #set(after: number): { readonly at: number; rings: boolean } {
    const timer = { at: Date.now() + after, rings: false };
    this.#timer = timer;
    // It goes with the run; a cancelled run no longer waits for it.
    sleep(after).then(
      () => (timer.rings = true),
      () => undefined,
    );
    return timer;
  }
}
