import { type Document, LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Diagnostic, Severity } from './diagnostic.js';
import type { Span } from './expression.js';
import type { Json } from './json.js';

export type Path = readonly (string | number)[];

/** A place in a file: the value under a path, or the key that leads to it. */
export interface Place {
  readonly source: Source;
  readonly path: Path;
  readonly key?: boolean;
  /** Part of a scalar's text. */
  readonly span?: Span;
}

/** A YAML file with the positions of all its values. */
export class Source {
  readonly data: Json;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly Diagnostic[];
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(
    readonly file: string,
    readonly text: string,
  ) {
    // YAML 1.2 core: `1e-4` is a number and `no` is a string.
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      merge: true,
    });
    this.problems = [...this.#syntax(), ...this.#tags()];
    this.data = this.problems.some((problem) => problem.severity === 'error')
      ? null
      : ((this.#document.toJS() ?? null) as Json);
  }

  /** 1-based line of the value or key. */
  line(path: Path, key = false): number {
    return this.#lines.linePos(this.#range({ source: this, path, key })[0]).line;
  }

  diagnostic(place: Place, severity: Severity, code: string, message: string, suggestion?: string): Diagnostic {
    const [start, end] = this.#range(place);
    return this.#at(start, end, severity, code, message, suggestion);
  }

  #at(start: number, end: number, severity: Severity, code: string, message: string, suggestion?: string): Diagnostic {
    const from = this.#lines.linePos(start);
    const to = this.#lines.linePos(Math.max(end, start));
    return {
      code,
      severity,
      message,
      file: this.file,
      line: Math.max(from.line, 1),
      column: Math.max(from.col, 1),
      endLine: Math.max(to.line, 1),
      endColumn: Math.max(to.col, 1),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  }

  /** Offsets of the deepest part of the path that exists. */
  #range(place: Place): [number, number] {
    let node: Node | null = this.#document.contents;
    let range: [number, number] = [0, 0];
    if (node?.range) range = [node.range[0], node.range[1]];
    for (const [depth, step] of place.path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document) ?? null;
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) break;
        const key = pair.key as Node;
        if (place.key === true && depth === place.path.length - 1 && key.range) return [key.range[0], key.range[1]];
        node = pair.value as Node | null;
        range = node?.range ? [node.range[0], node.range[1]] : key.range ? [key.range[0], key.range[1]] : range;
      } else if (isSeq(node)) {
        const item: unknown = node.items[Number(step)];
        if (item === undefined) break;
        node = item as Node;
        if (node.range) range = [node.range[0], node.range[1]];
      } else {
        break;
      }
    }
    if (place.span && isScalar(node)) return this.#inside(range, place.span, String(node.value));
    // A whole block of lines is no help: point at its first line.
    const first = this.text.indexOf('\n', range[0]);
    return !isScalar(node) && first !== -1 && first < range[1] ? [range[0], Math.max(range[0] + 1, first)] : range;
  }

  /** A span of a scalar's value, where the value stands in the file as it is; else the whole scalar. */
  #inside(range: [number, number], span: Span, value: string): [number, number] {
    const at = this.text.indexOf(value, range[0]);
    return at === -1 || at > range[0] + 2 ? range : [at + span.start, at + Math.max(span.end, span.start + 1)];
  }

  #syntax(): Diagnostic[] {
    const unquoted = this.#unquotedExpressions();
    const told = new Set(unquoted.map((diagnostic) => diagnostic.line));
    const rest = this.#document.errors
      .filter(
        (error) => unquoted.length === 0 || ![...told].some((line) => line <= this.#lines.linePos(error.pos[0]).line),
      )
      .map((error) => {
        const message = error.message.replace(/ at line \d+, column \d+:[\s\S]*/, '');
        return this.#at(
          error.pos[0],
          error.pos[1],
          'error',
          error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax',
          `${message}.`,
        );
      });
    return [...unquoted, ...rest];
  }

  /** `{ a: ${{ x }} }`: in braces or brackets YAML reads the expression's braces as its own. */
  #unquotedExpressions(): Diagnostic[] {
    if (this.#document.errors.length === 0) return [];
    const found: Diagnostic[] = [];
    for (const match of this.text.matchAll(
      /(?<=[{[,][^\n'"]*|^[^\n'"#]*[{[,][^\n]*?[:,[]\s)(?<!["'])\$\{\{[^}\n]*\}\}(?!["'])/gm,
    )) {
      const quoted = `"${match[0]}"`;
      found.push(
        this.#at(
          match.index,
          match.index + match[0].length,
          'error',
          'unquoted-expression',
          `inside { } or [ ] an expression must be quoted: write ${quoted}.`,
          quoted,
        ),
      );
    }
    return found;
  }

  /** `if: !params.train`: YAML reads a tag and an empty string. */
  #tags(): Diagnostic[] {
    const found: Diagnostic[] = this.#document.errors.length > 0 ? [] : [];
    visit(this.#document, {
      Node: (_, node) => {
        const tag = (node as { tag?: string }).tag;
        if (tag === undefined || tag.startsWith('tag:yaml.org,2002:') || !node.range) return;
        const [start] = node.range;
        const line = this.#lines.linePos(start);
        const from = this.text.lastIndexOf(tag.startsWith('!') ? tag : '!', start);
        const begin = from === -1 ? start : from;
        const rest = this.text.slice(
          begin,
          this.text.indexOf('\n', begin) === -1 ? undefined : this.text.indexOf('\n', begin),
        );
        const expression = rest.replace(/\s+#.*$/, '').replace(/[\s,}\]]+$/, '');
        const fix = `"\${{ ${expression} }}"`;
        void line;
        found.push(
          this.#at(
            begin,
            begin + expression.length,
            'error',
            'tag-not-expression',
            `YAML reads \`${expression}\` as a tag on an empty value, not as an expression: write ${fix}.`,
            fix,
          ),
        );
      },
    });
    return found;
  }
}
