/**
 * A workflow as a picture: where its nodes stand, how the routes run between them, and what is written beside them. The
 * same definition always gives the same picture. Broken drafts are drawn too, with what is missing in its place. Pure.
 */
import { Graph, layout } from '@dagrejs/dagre';
import { STEP_FACTS } from '../../journey/steps.ts';
import type { Target, WorkflowDefinition } from '../../journey/workflow.ts';
import { END_TEXTS, STEP_TEXTS, outcomeTitle, targetText } from './step_texts.ts';

/** What the picture is made of; a definition, or a part of one. */
export type Drawable = Pick<WorkflowDefinition, 'entry' | 'nodes'>;

/** How a journey left a node. */
export interface Taken {
  readonly node: string;
  readonly outcome: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box of the picture; `x` and `y` are its left upper corner, in units of the SVG. */
export interface DrawnNode {
  readonly id: string;
  /** `missing`: a route leads to a node that is not there. */
  readonly kind: 'start' | 'step' | 'approve' | 'deny' | 'review' | 'missing';
  readonly title: string;
  /** The node's own name where it differs from the step's; otherwise empty. */
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** The journey came here. */
  readonly taken: boolean;
  /** The journey ended, or waits, here. */
  readonly last: boolean;
}

export interface DrawnLine {
  readonly text: string;
  readonly taken: boolean;
  readonly x: number;
  readonly y: number;
}

/** All routes from one box to another. */
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** The curve, an SVG path. */
  readonly path: string;
  /** The arrow head, points of an SVG polygon. */
  readonly arrow: string;
  /** Behind the lines of text. */
  readonly label: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly lines: readonly DrawnLine[];
  readonly taken: boolean;
}

/** The same in words, one entry per node in the order they are reached. */
export interface RouteText {
  readonly node: string;
  readonly title: string;
  readonly entry: boolean;
  readonly taken: boolean;
  readonly routes: readonly { readonly outcome: string; readonly title: string; readonly to: string; readonly taken: boolean }[];
}

export interface DrawnGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly routes: readonly RouteText[];
}

const START = '(start)';
const BOX = { w: 200, h: 44 } as const;
const END_BOX = { w: 96, h: 34 } as const;
const LINE_HEIGHT = 14;
/** Of a letter in the labels' type size. */
const LETTER = 6.3;
/** Lines of a label before the rest is counted only; the list beside the picture has them all. */
const MOST_LINES = 4;
const MARGIN = 12;
/** Lines that a picture has at most: laying out more takes seconds, and nobody could follow them. */
const MOST_EDGES = 64;

/** Boxes that routes can end at have names that no node can have. */
const endId = (end: 'approve' | 'deny' | 'review'): string => `(${end})`;
/** The layout keeps its nodes in plain objects: a node called `__proto__` must not reach their prototype. */
const keyOf = (id: string): string => `#${id}`;
const targetId = (target: Target): string => ('end' in target ? endId(target.end) : target.go);

interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly outcomes: { readonly text: string; readonly taken: boolean }[];
}

/**
 * Draw a workflow. One with too many routes to be drawn is told in words alone: its picture has no nodes.
 *
 * @param taken how a journey left each node it went through, in order; draws its way and where it ended
 * @param rests the node it waits at, if it is not decided
 */
export function drawGraph(definition: Drawable, taken: readonly Taken[] = [], rests?: string): DrawnGraph {
  const { entry, nodes } = definition;
  const titles = titlesOf(definition);
  const ways = new Map(taken.map(({ node, outcome }) => [node, outcome]));
  const last = lastOf(definition, taken, rests);
  const names = inOrder(definition);
  const bundles = bundlesOf(definition, names, ways);
  const passed = new Set([...ways.keys(), ...(last === undefined ? [] : [last])]);

  const routes = routeTexts(definition, names, titles, ways);
  if (bundles.length > MOST_EDGES) return { width: 0, height: 0, nodes: [], edges: [], routes };

  const graph = new Graph({ multigraph: false, compound: false });
  graph.setGraph({ rankdir: 'TB', nodesep: 36, edgesep: 16, ranksep: 34, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  graph.setNode(keyOf(START), { width: 14, height: 14 });
  for (const name of names) graph.setNode(keyOf(name), { width: BOX.w, height: BOX.h });
  for (const { to } of bundles) if (!graph.hasNode(keyOf(to))) graph.setNode(keyOf(to), { width: to.startsWith('(') ? END_BOX.w : BOX.w, height: END_BOX.h });
  for (const bundle of bundles) {
    const lines = linesOf(bundle);
    graph.setEdge(keyOf(bundle.from), keyOf(bundle.to), {
      width: lines.length === 0 ? 0 : Math.max(...lines.map(({ text }) => text.length)) * LETTER + 8, height: lines.length * LINE_HEIGHT + 4, labelpos: 'c',
      // The way to an approval runs straight, the others around it.
      weight: bundle.from === START || bundle.to === endId('approve') ? 4 : bundle.to === endId('deny') ? 1 : 2,
    });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.ceil(width), height: Math.ceil(height),
    nodes: graph.nodes().map((key: string) => {
      const { x, y, width: w, height: h } = graph.node(key) as { x: number; y: number; width: number; height: number };
      const id = key.slice(1);
      const title = titles.get(id) ?? titleOfEnd(id);
      return {
        id, kind: kindOf(id, definition), title, name: Object.hasOwn(nodes, id) && id !== nodes[id]?.step ? id : '', x: round(x - w / 2), y: round(y - h / 2), w, h,
        taken: passed.has(id) || (id === START && passed.has(entry)), last: id === last,
      };
    }),
    edges: bundles.map((bundle) => drawEdge(bundle, graph.edge(keyOf(bundle.from), keyOf(bundle.to)) as Laid, passed.has(entry))),
    routes,
  };
}

/** Where the journey came to its end, or waits. */
function lastOf({ nodes }: Drawable, taken: readonly Taken[], rests: string | undefined): string | undefined {
  if (rests !== undefined) return rests;
  const end = taken.at(-1);
  const routes = end && Object.hasOwn(nodes, end.node) ? nodes[end.node]?.routes : undefined;
  const target = end && routes && Object.hasOwn(routes, end.outcome) ? routes[end.outcome] : undefined;
  return target && targetId(target);
}

/** Node names in the order they are reached from the entry, then those that nothing leads to. */
export function inOrder({ entry, nodes }: Drawable): readonly string[] {
  const found = new Set(Object.hasOwn(nodes, entry) ? [entry] : []);
  // A Set's iterator also visits what is added on the way.
  for (const name of found) {
    for (const target of Object.values(nodes[name]?.routes ?? {})) if ('go' in target && Object.hasOwn(nodes, target.go)) found.add(target.go);
  }
  return [...new Set([...found, ...Object.keys(nodes)])];
}

/** Routes between the same two boxes become one line with several labels. */
function bundlesOf({ entry, nodes }: Drawable, names: readonly string[], ways: ReadonlyMap<string, string>): readonly Bundle[] {
  const bundles = new Map<string, Bundle>([['', { from: START, to: entry, outcomes: [] }]]);
  for (const from of names) {
    for (const [outcome, target] of orderedRoutes(nodes[from])) {
      const to = targetId(target);
      const key = `${from}\n${to}`;
      const bundle = bundles.get(key) ?? { from, to, outcomes: [] };
      bundle.outcomes.push({ text: outcomeTitle(outcome), taken: ways.get(from) === outcome });
      bundles.set(key, bundle);
    }
  }
  return [...bundles.values()];
}

/** In the order of the step's own outcomes, whatever order they were kept in; those that the step does not have come last. */
function orderedRoutes(node: WorkflowDefinition['nodes'][string] | undefined): readonly (readonly [string, Target])[] {
  if (!node) return [];
  const known = STEP_FACTS[node.step].outcomes.filter((outcome) => Object.hasOwn(node.routes, outcome));
  return [...new Set([...known, ...Object.keys(node.routes).toSorted()])].map((outcome) => [outcome, node.routes[outcome] as Target]);
}

/** What is written at a line: at most so many outcomes, the one that was taken always among them. */
function linesOf({ outcomes }: Bundle): readonly { readonly text: string; readonly taken: boolean }[] {
  if (outcomes.length <= MOST_LINES) return outcomes;
  const shown = outcomes.toSorted((a, b) => Number(b.taken) - Number(a.taken)).slice(0, MOST_LINES - 1);
  return [...shown, { text: `and ${outcomes.length - shown.length} more`, taken: false }];
}

function titlesOf({ nodes }: Drawable): ReadonlyMap<string, string> {
  return new Map(Object.entries(nodes).map(([name, node]) => [name, STEP_TEXTS[node.step].title]));
}

function kindOf(id: string, { nodes }: Drawable): DrawnNode['kind'] {
  if (id === START) return 'start';
  if (Object.hasOwn(nodes, id)) return 'step';
  return id === '(approve)' ? 'approve' : id === '(deny)' ? 'deny' : id === '(review)' ? 'review' : 'missing';
}

function titleOfEnd(id: string): string {
  if (id === START) return 'Start';
  const end = id.slice(1, -1);
  return Object.hasOwn(END_TEXTS, end) && id === `(${end})` ? END_TEXTS[end as keyof typeof END_TEXTS].title : `${id.slice(0, 41)}?`;
}

function routeTexts({ entry, nodes }: Drawable, names: readonly string[], titles: ReadonlyMap<string, string>, ways: ReadonlyMap<string, string>): readonly RouteText[] {
  const called = (node: string): string => {
    const title = titles.get(node);
    return title === undefined ? `${node} (missing)` : node === nodes[node]?.step ? title : `${title} (${node})`;
  };
  return names.map((name) => ({
    node: name, title: called(name), entry: name === entry, taken: ways.has(name),
    routes: orderedRoutes(nodes[name]).map(([outcome, target]) => ({
      outcome, title: outcomeTitle(outcome), to: targetText(target, called), taken: ways.get(name) === outcome,
    })),
  }));
}

interface Laid {
  readonly points: readonly Point[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawEdge(bundle: Bundle, laid: Laid, began: boolean): DrawnEdge {
  const points = laid.points.map(({ x, y }) => ({ x: round(x), y: round(y) }));
  const lines = linesOf(bundle);
  const top = laid.y - (lines.length * LINE_HEIGHT) / 2;
  return {
    from: bundle.from, to: bundle.to, points, path: curve(points), arrow: arrowHead(points),
    label: lines.length === 0
      ? { x: 0, y: 0, w: 0, h: 0 }
      : { x: round(laid.x - laid.width / 2), y: round(laid.y - laid.height / 2), w: round(laid.width), h: laid.height },
    lines: lines.map((line, index) => ({ ...line, x: round(laid.x), y: round(top + index * LINE_HEIGHT + 11) })),
    taken: bundle.from === START ? began : bundle.outcomes.some((outcome) => outcome.taken),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const mix = (a: Point, b: Point, part: number): Point => ({ x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part });

/** A line through the points with its corners rounded. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  rest.forEach((corner, index) => {
    const before = points[index] as Point;
    const after = rest[index + 1];
    path += after ? `L${at(towards(corner, before))}Q${at(corner)} ${at(towards(corner, after))}` : `L${at(corner)}`;
  });
  return path;
}

const CORNER = 22;

/** From a corner, the place on the side to another point where its rounding begins. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y) || 1;
  return mix(corner, other, Math.min(0.5, CORNER / length));
}

function arrowHead(points: readonly Point[]): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (!end || !before) return '';
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const corner = (side: number): Point => ({ x: end.x - dx * 8 + dy * 4 * side, y: end.y - dy * 8 - dx * 4 * side });
  return [end, corner(1), corner(-1)].map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');
}
