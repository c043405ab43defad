/** What can be had again when it is forgotten: all of it is, when it becomes too much. */
export class Remembered<T> {
  readonly #values = new Map<string, T>();

  constructor(private readonly most: number) {}

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: T): void {
    if (this.#values.size >= this.most) this.#values.clear();
    this.#values.set(name, value);
  }

  delete(name: string): void {
    this.#values.delete(name);
  }
}
