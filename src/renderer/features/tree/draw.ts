/** Puts the tree on a canvas. Everything that changes at each frame is here, and nothing else. */
import type { Standing } from "../../../shared/views.ts";
import type { Camera } from "./camera.ts";
import type { Layout } from "./layout.ts";
import type { Lineage } from "./model.ts";

export interface Scene {
  lineage: Lineage;
  layout: Layout;
  standings: readonly Standing[];
  names: readonly string[];
  /** By row; null: not measured. */
  colours: readonly (string | null)[];
  /** Rows of each colour: setting a colour costs more than filling a square. */
  alike: readonly Alike[];
  /** Rows below this one are there yet. */
  shown: number;
  /** From the running best to its root. */
  bestPath: ReadonlySet<number>;
  /** The row that is pointed at or selected, and its ancestors; all others are dim. */
  focus: { row: number; path: ReadonlySet<number> } | null;
  compared: ReadonlySet<number>;
}

export interface Alike {
  colour: string | null;
  rows: readonly number[];
}

export function alikeOf(colours: readonly (string | null)[]): Alike[] {
  const rows = new Map<string | null, number[]>();
  for (const [row, colour] of colours.entries()) {
    const group = rows.get(colour);
    if (group) group.push(row);
    else rows.set(colour, [row]);
  }
  return [...rows].map(([colour, rows]) => ({ colour, rows }));
}

export interface Ink {
  edge: string;
  best: string;
  text: string;
  quiet: string;
  halo: string;
  ring: string;
  unmeasured: string;
}

/** Below this zoom nodes are squares without outline, and nobody sees the difference. */
const PLAIN_ZOOM = 0.35;
const FONT = "12px system-ui, sans-serif";
/** From this zoom on there is room for names. */
const NAMES_ZOOM = 1.6;

/**
 * @param moving the tree is being dragged: edges into fans, the most of all and the faintest, wait until it rests
 */
export function draw(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { zoom, dx, dy }: Camera,
  size: Size,
  ink: Ink,
  moving = false,
): void {
  const { lineage, layout, shown, focus, bestPath } = scene;
  const { x, y } = layout;
  const { width, height } = size;
  clear(context, size);
  const sx = (row: number) => x[row]! * zoom + dx;
  const sy = (row: number) => y[row]! * zoom + dy;
  const outside = (px: number, py: number, room: number) =>
    px < -room || py < -room || px > width + room || py > height + room;

  if (layout.middle) {
    context.globalAlpha = 1;
    context.fillStyle = ink.quiet;
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(layout.middle, dx, dy);
    context.textAlign = "start";
  }

  // Edges are quiet, those into a fan most of all: together they would be a wall.
  const edges = (packed: boolean, alpha: number) => {
    context.globalAlpha = focus ? alpha / 2 : alpha;
    context.beginPath();
    for (let row = 0; row < shown; row++) {
      const parent = lineage.parents[row]!;
      if (parent < 0 || layout.fan[row]! >= 0 !== packed) continue;
      const [ax, ay, bx, by] = [sx(parent), sy(parent), sx(row), sy(row)];
      // Both ends outside on the same side: nothing of it is seen.
      if (
        Math.max(ax, bx) < 0 ||
        Math.min(ax, bx) > width ||
        Math.max(ay, by) < 0 ||
        Math.min(ay, by) > height
      )
        continue;
      context.moveTo(ax, ay);
      context.lineTo(bx, by);
    }
    context.stroke();
  };
  context.strokeStyle = ink.edge;
  context.lineWidth = Math.max(0.5, Math.min(1, zoom * 1.2));
  edges(false, 0.75);
  context.lineWidth = 0.5;
  if (!moving) edges(true, 0.22);

  const path = (rows: Iterable<number>, colour: string, thick: number) => {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.beginPath();
    for (const row of rows) {
      const parent = lineage.parents[row]!;
      if (parent < 0 || row >= shown) continue;
      context.moveTo(sx(parent), sy(parent));
      context.lineTo(sx(row), sy(row));
    }
    context.stroke();
  };
  context.globalAlpha = focus ? 0.5 : 1;
  path(bestPath, ink.best, 2);
  context.globalAlpha = 1;
  if (focus) path(focus.path, ink.text, 1.5);

  const r = Math.max(1.4, Math.min(6, 4.2 * Math.sqrt(zoom)));
  const node = (row: number, special: boolean) => {
    const [px, py] = [sx(row), sy(row)];
    if (outside(px, py, r)) return;
    const colour = scene.colours[row] ?? ink.unmeasured;
    const standing = scene.standings[row]!;
    const crossed = standing === "rejected" || standing === "failed";
    context.beginPath();
    if (standing === "discovery") diamond(context, px, py, r * 1.6);
    else if (crossed) cross(context, px, py, r * 0.75);
    else context.arc(px, py, special ? r * 1.25 : r, 0, 2 * Math.PI);
    if (!crossed) {
      context.fillStyle = colour;
      context.fill();
    }
    context.strokeStyle = crossed ? colour : ink.halo;
    context.lineWidth = crossed ? 1.4 : 1;
    context.stroke();
    if (scene.compared.has(row)) ring(context, px, py, r + 3, ink.ring, 1.5);
  };
  const isSpecial = (row: number) => bestPath.has(row) || focus?.path.has(row) === true;

  context.globalAlpha = focus ? 0.28 : 1;
  for (const { colour, rows } of scene.alike) {
    context.fillStyle = colour ?? ink.unmeasured;
    for (const row of rows) {
      if (row >= shown) break;
      if (isSpecial(row)) continue;
      if (zoom >= PLAIN_ZOOM) node(row, false);
      else if (!outside(sx(row), sy(row), r)) context.fillRect(sx(row) - r, sy(row) - r, 2 * r, 2 * r);
    }
  }
  for (const row of bestPath) if (row < shown) node(row, true);
  context.globalAlpha = 1;
  for (const row of focus?.path ?? []) if (row < shown) node(row, true);
  if (focus && focus.row < shown) ring(context, sx(focus.row), sy(focus.row), r + 4, ink.ring, 2);
  if (zoom >= NAMES_ZOOM) {
    context.fillStyle = ink.text;
    context.font = FONT;
    context.textBaseline = "middle";
    for (let row = 0; row < shown; row++) {
      const [px, py] = [sx(row), sy(row)];
      if (outside(px, py, 0) || (focus && !focus.path.has(row))) continue;
      context.fillText(scene.names[row]!.slice(0, 26), px + r + 5, py);
    }
  }
}

interface Size {
  width: number;
  height: number;
  /** Pixels of the canvas for one of the page. */
  ratio: number;
}

function clear(context: Context, { width, height, ratio }: Size): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function ring(
  c: CanvasRenderingContext2D,
  x: number,
  y: number,
  r: number,
  colour: string,
  thick: number,
): void {
  c.strokeStyle = colour;
  c.lineWidth = thick;
  c.beginPath();
  c.arc(x, y, r, 0, 2 * Math.PI);
  c.stroke();
}

function diamond(c: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  c.moveTo(x, y - r);
  c.lineTo(x + r, y);
  c.lineTo(x, y + r);
  c.lineTo(x - r, y);
  c.closePath();
}

function cross(c: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  c.moveTo(x - r, y - r);
  c.lineTo(x + r, y + r);
  c.moveTo(x + r, y - r);
  c.lineTo(x - r, y + r);
}

/** The whole tree in a corner, as a picture: it stays as it is while the tree is dragged. */
export function mapOf(
  { layout, shown, alike }: Pick<Scene, "layout" | "shown" | "alike">,
  whole: Camera,
  size: Size,
  ink: Ink,
): OffscreenCanvas {
  const picture = new OffscreenCanvas(size.width * size.ratio, size.height * size.ratio);
  const context = picture.getContext("2d")!;
  clear(context, size);
  for (const { colour, rows } of alike) {
    context.fillStyle = colour ?? ink.unmeasured;
    for (const row of rows) {
      if (row >= shown) break;
      context.fillRect(
        layout.x[row]! * whole.zoom + whole.dx - 0.75,
        layout.y[row]! * whole.zoom + whole.dy - 0.75,
        1.5,
        1.5,
      );
    }
  }
  return picture;
}

/** That picture, with a frame around what is looked at. */
export function drawMap(
  context: CanvasRenderingContext2D,
  picture: OffscreenCanvas,
  whole: Camera,
  view: { left: number; top: number; width: number; height: number },
  size: Size,
  ink: Ink,
): void {
  clear(context, size);
  context.drawImage(picture, 0, 0, size.width, size.height);
  context.strokeStyle = ink.ring;
  context.lineWidth = 1.5;
  context.strokeRect(
    view.left * whole.zoom + whole.dx,
    view.top * whole.zoom + whole.dy,
    view.width * whole.zoom,
    view.height * whole.zoom,
  );
}
