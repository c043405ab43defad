import type { ActivityDeclaration } from '../declaration.js';
import { own } from '../merge.js';

/** What a recipe's `schema: NAME` stands for: an activity's one settings object, `NAME#property`, or its whole `with`. */
export function settingsSchema(activities: readonly ActivityDeclaration[]): (name: string) => object | undefined {
  return (name) => {
    if (name === 'models/serve') {
      return {
        type: 'object',
        properties: {
          engine: { enum: ['local', 'vllm', 'sglang'] },
          tensor_parallel: { type: 'integer', minimum: 1 },
          max_length: { type: 'integer', minimum: 1 },
        },
        additionalProperties: false,
      };
    }
    const [activity, property] = name.split('#');
    const declaration = activities.find((entry) => entry.name === activity);
    if (declaration === undefined) return undefined;
    const properties = declaration.params.properties as
      Record<string, { type?: unknown; properties?: object }> | undefined;
    if (property !== undefined) return properties && own(properties, property);
    const objects = Object.values(properties ?? {}).filter(
      (entry) => entry.type === 'object' && entry.properties !== undefined,
    );
    // The settings object carries the activity's name or is the only one: agent, train, model.
    const named = ['agent', 'train', 'model']
      .map((key) => properties?.[key])
      .find((entry) => entry?.properties !== undefined);
    return named ?? (objects.length === 1 ? objects[0] : declaration.params);
  };
}
