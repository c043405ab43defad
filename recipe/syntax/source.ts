import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { DiagnosticCode } from '../diagnostics/diagnostic-codes.js';
import type { Span } from './expression.js';
import type { Json } from '../json.js';
import { limits } from '../limits.js';
import type { Severity } from '../diagnostics/severity.js';
import { type DocumentTree, readDocument } from './yaml/document-tree.js';
import { LineIndex } from './yaml/line-index.js';
import { readPlain } from './yaml/plain-reader.js';
import { type YamlProblem, aliasProblems, keyProblems, valueProblems } from './yaml/problems.js';
import { type Path, type YamlTree, emptyTree } from './yaml/tree.js';
import { tagProblems, unquotedExpressions } from './yaml/not-expressions.js';

export type { Path } from './yaml/tree.js';

/** A place in a file: the value under a path, or the key that leads to it. */
export interface Place {
  readonly source: Source;
  readonly path: Path;
  readonly key?: boolean;
  /** Part of a scalar's text. */
  readonly span?: Span;
}

/** Characters of a message: a recipe may hold a value of a million, and messages show values. */
const longest = 4000;

/** A YAML file with the positions of all its values. */
export class Source {
  readonly data: Json;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly Diagnostic[];
  readonly #tree: YamlTree;
  readonly #lines: LineIndex;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {
    this.#lines = new LineIndex(text);
    const { tree, problems } = this.#read();
    this.#tree = tree;
    this.problems = problems;
    this.data = problems.some((problem) => problem.severity === 'error') ? null : tree.data;
  }

  #read(): { tree: YamlTree; problems: Diagnostic[] } {
    const { text } = this;
    if (text.length > limits.file) return { tree: emptyTree, problems: [this.#tooLarge()] };
    // It looks after depth itself, as it goes.
    const plain = readPlain(text);
    if (plain !== undefined) return { tree: plain, problems: [] };
    const refused = this.#tooDeep();
    if (refused !== undefined) return { tree: emptyTree, problems: [refused] };
    const read = readDocument(text);
    if ('tooDeep' in read) return { tree: emptyTree, problems: [this.#deep(read.tooDeep)] };
    const { tree, second } = read;
    const { document } = tree;
    const problems = [
      ...this.#syntax(tree),
      ...(second === undefined ? [] : [this.#second(second)]),
      ...[
        ...keyProblems(document),
        ...tagProblems(document, text),
        ...valueProblems(document),
        ...aliasProblems(document),
      ].map((problem) => this.#problem(problem)),
    ];
    return { tree, problems };
  }

  /** 1-based line of the value or key. */
  line(path: Path, key = false): number {
    return this.#lines.line(this.#tree.find(path, key).start);
  }

  /** Of the keys of an object, in order: of a large one all at once. */
  keyLines(path: Path, keys: readonly string[]): number[] {
    return this.#tree.keyStarts(path, keys).map((start) => this.#lines.line(start));
  }

  diagnostic(place: Place, severity: Severity, code: DiagnosticCode, message: string, suggestion?: string): Diagnostic {
    const [start, end] = this.#range(place);
    return this.#at(start, end, severity, code, message, suggestion);
  }

  #at(
    start: number,
    end: number,
    severity: Severity,
    code: DiagnosticCode,
    message: string,
    suggestion?: string,
  ): Diagnostic {
    const from = this.#lines.position(start);
    const to = this.#lines.position(Math.max(end, start));
    return {
      code,
      severity,
      message: message.length > longest ? `${message.slice(0, longest / 2)} … ${message.slice(-longest / 2)}` : message,
      file: this.file,
      line: from.line,
      column: from.column,
      endLine: to.line,
      endColumn: to.column,
      ...(suggestion === undefined || suggestion.length > longest ? {} : { suggestion }),
    };
  }

  /** A number as it is written: `3.10`, which is read as 3.1. */
  writtenNumber(path: Path): string | undefined {
    return this.#tree.writtenNumber(path);
  }

  /** Numbers that end in a zero behind a point, as they are written. */
  writtenNumbers(): { readonly path: Path; readonly written: string }[] {
    return /\d\.\d*0(?!\d)/.test(this.text) ? this.#tree.writtenNumbers() : [];
  }

  /** Offsets of the deepest part of the path that exists. */
  #range({ path, key = false, span }: Place): [number, number] {
    const { start, end, scalar, collection } = this.#tree.find(path, key);
    if (span && scalar !== undefined) return this.#inside([start, end], span, scalar);
    if (!collection) return [start, end];
    // A whole block of lines is no help: point at its first line.
    const first = this.text.indexOf('\n', start);
    return first !== -1 && first < end ? [start, Math.max(start + 1, first)] : [start, end];
  }

  /** A span of a scalar's value, where the value stands in the file as it is; else the whole scalar. */
  #inside(range: [number, number], span: Span, value: string): [number, number] {
    const at = this.text.slice(range[0], range[0] + value.length + 2).indexOf(value);
    if (at === -1) return range;
    const start = range[0] + at + span.start;
    return [start, Math.max(range[0] + at + span.end, start + 1)];
  }

  #syntax({ document }: DocumentTree): Diagnostic[] {
    if (document.errors.length === 0) return [];
    const unquoted = unquotedExpressions(this.text).map((problem) => this.#problem(problem));
    // What comes after one is mostly a consequence of it.
    const first = Math.min(...unquoted.map(({ line }) => line));
    const rest = document.errors
      .slice(0, 100)
      .filter((error) => this.#lines.position(error.pos[0]).line < first)
      .map((error) => this.#at(error.pos[0], error.pos[1], 'error', 'yaml-syntax', `${error.message}.`));
    return [...unquoted, ...rest];
  }

  #problem({ start, end, code, message, suggestion }: YamlProblem): Diagnostic {
    return this.#at(start, end, 'error', code, message, suggestion);
  }

  #second(offset: number): Diagnostic {
    return this.#at(
      offset,
      offset + 1,
      'error',
      'yaml-syntax',
      'A second document begins here, and a recipe is one: remove the line `---`, or make two files.',
    );
  }

  #tooLarge(): Diagnostic {
    return this.#at(
      0,
      1,
      'error',
      'file-too-large',
      `The file has ${this.text.length} characters; ${limits.file} are the most. Put large data into a file of its own, as a param of type file.`,
    );
  }

  /** Brackets and dashes within each other: told before anything recurses into them. */
  #tooDeep(): Diagnostic | undefined {
    const match = /(?:[[{][ \t\r\n]*|-[ \t]+){65}/.exec(this.text);
    return match === null ? undefined : this.#deep(match.index);
  }

  #deep(offset: number): Diagnostic {
    return this.#at(
      offset,
      offset + 1,
      'error',
      'too-deep',
      `Lists and objects stand more than ${limits.depth} deep within each other here.`,
    );
  }
}
