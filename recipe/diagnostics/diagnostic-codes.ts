import type { Code } from './codes/code.js';
import { expressionCodes } from './codes/expressions.js';
import { lockCodes } from './codes/locks.js';
import { matrixCodes } from './codes/matrix.js';
import { paramCodes } from './codes/params.js';
import { requestCodes } from './codes/requests.js';
import { shapeCodes } from './codes/shape.js';
import { stageCodes } from './codes/stages.js';
import { yamlCodes } from './codes/yaml.js';

const all = {
  ...yamlCodes,
  ...shapeCodes,
  ...paramCodes,
  ...expressionCodes,
  ...stageCodes,
  ...matrixCodes,
  ...requestCodes,
  ...lockCodes,
};

/** A stable code of a finding. What is not in the catalogue cannot be reported. */
export type DiagnosticCode = keyof typeof all;
export type ErrorCode = Of<'error'>;
export type WarningCode = Of<'warning'>;
type Of<Severity> = {
  [Name in DiagnosticCode]: (typeof all)[Name]['severity'] extends Severity ? Name : never;
}[DiagnosticCode];

/** Every code with its meaning: the page of codes and SARIF's rules are made of it. */
export const diagnosticCodes: Readonly<Record<DiagnosticCode, Code>> = all;

/** The catalogue by chapter, for people. */
export const chapters: readonly { readonly title: string; readonly codes: Readonly<Record<string, Code>> }[] = [
  { title: 'YAML', codes: yamlCodes },
  { title: 'Keys and values', codes: shapeCodes },
  { title: 'Params, profiles and models', codes: paramCodes },
  { title: 'Expressions and predicates', codes: expressionCodes },
  { title: 'Stages', codes: stageCodes },
  { title: 'Matrix and comparison', codes: matrixCodes },
  { title: 'Values for one stage of a run', codes: requestCodes },
  { title: 'Locks', codes: lockCodes },
];
