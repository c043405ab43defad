/** Shorter ones would blacken innocent words, and hide nothing that could not be guessed. */
const SHORTEST = 6;
const HIDDEN = '***';

/** Hides secrets in whatever leaves a worker: as they are, in base64 wherever it begins, and as part of a URL or of JSON. */
export class Redactor {
  readonly #forms: RegExp | undefined;
  readonly #bytes: RegExp | undefined;
  readonly #longest: number;

  constructor(secrets: Iterable<string>) {
    const forms = new Set([...secrets].flatMap(partsOf).flatMap(formsOf));
    this.#forms = anyOf(forms);
    const raw = [...forms].map((form) => Buffer.from(form, 'utf8').toString('latin1'));
    this.#bytes = anyOf(raw);
    this.#longest = Math.max(0, ...raw.map(({ length }) => length));
  }

  /** There is nothing to hide. */
  get idle(): boolean {
    return this.#forms === undefined;
  }

  text(text: string): string {
    return this.#forms ? text.replace(this.#forms, HIDDEN) : text;
  }

  /** A JSON value with all texts in it, names included. */
  value<T>(value: T): T {
    return this.idle ? value : (this.#value(value) as T);
  }

  /** The same for each of many. */
  each<T>(values: Iterable<T> | AsyncIterable<T>): Iterable<T> | AsyncIterable<T> {
    return this.idle ? values : this.#each(values);
  }

  bytes(bytes: Uint8Array): Uint8Array {
    if (!this.#bytes) return bytes;
    const text = Buffer.from(bytes).toString('latin1');
    const redacted = text.replace(this.#bytes, HIDDEN);
    return redacted === text ? bytes : Buffer.from(redacted, 'latin1');
  }

  /** Pieces of a file in latin1; a secret may lie across them. */
  async *pieces(pieces: AsyncIterable<string>): AsyncGenerator<string> {
    let rest = '';
    for await (const piece of pieces) {
      const text = rest + piece;
      let end = Math.max(0, text.length - this.#longest + 1);
      for (const match of text.matchAll(this.#bytes ?? /(?!)/g)) end = Math.max(end, match.index + match[0].length);
      yield this.#latin1(text.slice(0, end));
      rest = text.slice(end);
    }
    yield this.#latin1(rest);
  }

  /** The same failure without secrets in it or in what caused it. */
  error(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (this.idle) return failure;
    try {
      this.#clean(failure);
      return failure;
    } catch {
      // Some cannot be written to, such as that of an abort.
      return new Error(this.text(failure.message));
    }
  }

  async *#each<T>(values: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
    for await (const value of values) yield this.value(value);
  }

  #clean(failure: Error): void {
    const { message, stack, cause } = failure;
    // Most hold no secret.
    if (this.text(message) !== message) failure.message = this.text(message);
    if (stack !== undefined && this.text(stack) !== stack) failure.stack = this.text(stack);
    if (cause instanceof Error) this.#clean(cause);
    else if (typeof cause === 'string') failure.cause = this.text(cause);
  }

  #latin1(text: string): string {
    return this.#bytes ? text.replace(this.#bytes, HIDDEN) : text;
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((entry) => this.#value(entry));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [this.text(name), this.#value(entry)]));
  }
}

/** A secret, its lines where it has several (a log is written by the line), and the password in an address. */
function partsOf(secret: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*?:([^/?#\s@]+)@/i.exec(secret)?.[1];
  return [secret, ...secret.split(/\r?\n/), ...(password ? [password, unescaped(password)] : [])].filter(
    ({ length }) => length >= SHORTEST,
  );
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret.toWellFormed());
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strict].flatMap((form) => [form, form.replaceAll('%20', '+'), form.replaceAll('%2F', '/')]);
  const small = urls.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  const escaped = JSON.stringify(secret).slice(1, -1);
  const nested = JSON.stringify(escaped).slice(1, -1);
  return [secret, escaped, nested, ...urls, ...small, ...base64FormsOf(Buffer.from(secret))];
}

/** In base64 the same bytes look different where one or two others go before them: `user:password` hides none of its parts. */
function base64FormsOf(secret: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), secret]);
    // Only the digits that the secret alone decides.
    const [begin, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (['base64', 'base64url'] as const).map((alphabet) => bytes.toString(alphabet).slice(begin, end));
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function anyOf(forms: Iterable<string>): RegExp | undefined {
  const longestFirst = [...new Set(forms)].sort((left, right) => right.length - left.length);
  if (longestFirst.length === 0) return undefined;
  return new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}
