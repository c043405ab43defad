import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';

/** Schemas as code, each compiled once. */
export class CompiledSchemas {
  readonly #compiled = new WeakMap<object, ValidateFunction>();
  /** Schemas of params are made anew for every cell of a matrix; compiling is what takes time. */
  readonly #byText = new Map<string, ValidateFunction>();

  constructor(readonly ajv: Ajv2020) {}

  of(schema: object): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    // Without its $id, so that a schema object that is compiled twice does not clash with itself.
    const { $id: _id, ...rest } = schema as { $id?: unknown };
    const text = JSON.stringify(rest);
    const validate = this.#byText.get(text) ?? this.ajv.compile(rest);
    this.#byText.set(text, validate);
    this.#compiled.set(schema, validate);
    return validate;
  }
}
