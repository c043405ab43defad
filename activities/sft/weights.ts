import { UserError } from '../../recipe/errors.js';
import type { ActivityContext } from '../activity.js';

/** Folder (or hub name) of the weights behind an input: a model artifact, or a `models.*` entry that has weights. */
export async function weightsOf(context: ActivityContext, name: string): Promise<{ model: string; revision?: string }> {
  const kinds = context.inputs.sources(name).map(({ kind }) => kind);
  if (kinds.includes('model') || kinds.includes('verifier')) return { model: await context.inputs.directory(name) };
  const model = context.inputs.model(name);
  switch (model.kind) {
    case 'weights':
      return { model: await model.directory() };
    case 'hub':
      return { model: model.hub, ...(model.revision === undefined ? {} : { revision: model.revision }) };
    case 'endpoint':
      throw new UserError(
        'model-not-trainable',
        `Input '${name}' is an endpoint (${model.model} at ${model.url}); training needs weights. Give it a model artifact, or { hub: OWNER/NAME }.`,
      );
    case 'scripted':
      throw new UserError(
        'model-not-trainable',
        `Input '${name}' is the script '${model.name}'; training needs weights. Give it a model artifact, or { hub: OWNER/NAME }.`,
      );
  }
}
