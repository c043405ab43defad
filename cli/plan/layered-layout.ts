import * as dagre from '@dagrejs/dagre';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LayoutBox {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Middles of the boxes, by number. */
  readonly boxes: readonly Point[];
  /** With the points that an arrow goes through. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly Point[] }[];
}

/** What is used of dagre, whose own declarations TypeScript cannot resolve from a module (their imports lack file endings). */
interface DagreGraph {
  setGraph(label: Readonly<Record<string, string | number>>): void;
  setDefaultEdgeLabel(label: () => object): void;
  setNode(name: string, label: { width: number; height: number }): void;
  setEdge(from: string, to: string): void;
  graph(): { width?: number; height?: number };
  node(name: string): Point;
  edges(): { v: string; w: string }[];
  edge(edge: { v: string; w: string }): { points?: Point[] };
}
const library = dagre as unknown as {
  readonly graphlib: { readonly Graph: new () => DagreGraph };
  readonly layout: (graph: DagreGraph) => void;
};

/** Boxes in layers from top to bottom, with few crossings. */
export function layeredLayout(
  boxes: readonly LayoutBox[],
  edges: readonly (readonly [number, number])[],
  margin: number,
): Layout {
  const graph = new library.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 22, ranksep: 38, edgesep: 12, marginx: margin, marginy: margin });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [number, { width, height }] of boxes.entries()) graph.setNode(String(number), { width, height });
  for (const [from, to] of edges) graph.setEdge(String(from), String(to));
  library.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: boxes.map((_, number) => graph.node(String(number))),
    edges: graph
      .edges()
      .map((edge) => ({ from: Number(edge.v), to: Number(edge.w), points: graph.edge(edge).points ?? [] })),
  };
}
