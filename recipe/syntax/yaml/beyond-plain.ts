/** The text has something that only the whole of YAML knows, or a mistake. */
export class BeyondPlain extends Error {}

export function beyond(): never {
  throw new BeyondPlain();
}
