import { readFileSync } from 'node:fs';
import { packageRoot } from '../package-root.js';
import type { Candidate } from './candidate.js';

interface EditorSchema {
  readonly $defs: {
    readonly stage: {
      readonly properties: {
        readonly uses: {
          readonly anyOf: readonly { enum?: readonly string[]; markdownEnumDescriptions?: readonly string[] }[];
        };
      };
    };
  };
}

/** Mortar's activities as editors know them: loading the activities themselves would take longer than anybody waits. */
export function activityWords(): Candidate[] {
  const text = readFileSync(new URL('schemas/editor.schema.json', packageRoot), 'utf8');
  const [{ enum: names = [], markdownEnumDescriptions: texts = [] } = {}] = (JSON.parse(text) as EditorSchema).$defs
    .stage.properties.uses.anyOf;
  return names.map((value, index) => ({ value, description: texts[index]?.split('\n')[0] }));
}
