/** A report before it is HTML or Markdown. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly type: 'text'; readonly text: string; readonly tone?: 'note' | 'warning' }
  | { readonly type: 'list'; readonly items: readonly string[] }
  | { readonly type: 'figures'; readonly figures: readonly KeyFigure[] }
  | {
      readonly type: 'table';
      readonly caption: string;
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
    }
  /** `description` says in words what the plot shows: for readers who do not see it, and for Markdown. */
  | { readonly type: 'plot'; readonly title: string; readonly svg: string; readonly description: string };

export interface KeyFigure {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

export type Cell = string | { readonly text: string; readonly tone: 'good' | 'bad' | 'neutral' };

export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
