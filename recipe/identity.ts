import { digestOf } from './canonical.js';
import type { Draft, DraftInput } from './draft.js';
import { type KeyInput, type KeyModel, keyDocument, keyOf, servedLength } from './key.js';
import type { DraftModel } from './values.js';

/** The key document of a draft, with the identity of an upstream stage's output in the place of its digest. */
export function identityOf(draft: Draft, identities: ReadonlyMap<Draft, string>): string {
  const artifact = (of: Draft, output: string): string => digestOf({ identity: identities.get(of) ?? '', output });
  const document = keyDocument({
    activity: draft.declaration.name,
    version: draft.declaration.version,
    with: draft.with,
    inputs: Object.fromEntries(Object.entries(draft.inputs).map(([name, sources]) => [name, sources.map(source)])),
  });
  return keyOf(document);

  function source(input: DraftInput): KeyInput {
    switch (input.from) {
      case 'node':
        return { digest: artifact(input.draft, input.output), key: input.key };
      case 'file':
        return { digest: input.digest };
      case 'model':
        return { model: model(input.model) };
    }
  }

  function model(given: DraftModel): KeyModel {
    switch (given.kind) {
      case 'scripted':
        return { scripted: given.name };
      case 'endpoint':
        return { model: given.model, revision: given.revision ?? null };
      case 'hub':
        return { hub: given.hub, revision: given.revision ?? null, max_length: servedLength(given.serve) };
      case 'weights':
        return { weights: artifact(given.draft, given.output), max_length: servedLength(given.serve) };
    }
  }
}
