/** What a recipe may ask for at most. Beyond it stands a mistake or an attack; each limit is told as a diagnostic at its place. */
export const limits = {
  /** Characters of one recipe file. */
  file: 16 * 2 ** 20,
  /** Characters of one text, written out or put together by an expression. */
  text: 2 ** 20,
  /** Values that one use of a part is given, each counted as often as it stands there. */
  given: 100_000,
  /** Lists and objects within each other. */
  depth: 64,
  /** Aliases (`*name`). */
  aliases: 10_000,
  /** Values that aliases (`*name`) stand for, each time they are used. */
  aliased: 1_000_000,
  /** Stages after `foreach`, matrix and parts, before equal ones collapse. */
  stages: 200_000,
  /** Stages, parts and recipes that wait for each other while they are expanded. */
  open: 400,
  /** Recipes that extend or use each other, and parts within parts. */
  nested: 32,
  /** Cells of a matrix, before `exclude`. */
  cells: 10_000,
} as const;
