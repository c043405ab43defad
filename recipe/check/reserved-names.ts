import type { Recipe } from '../load/load.js';
import type { Reporter } from '../syntax/reporter.js';

const reserved = ['params', 'models', 'stages', 'inputs', 'foreach', 'outputs', 'item', 'matrix', 'compare'];

/** Reports stages that are called what expressions mean something else by. */
export function reportReserved(recipe: Recipe, reporter: Reporter): void {
  for (const name of reserved) {
    const entry = recipe.stages.get(name);
    if (entry)
      reporter.error(
        { ...entry.place, key: true },
        'reserved-name',
        `A stage cannot be called \`${name}\`: expressions use that name.`,
      );
  }
}
