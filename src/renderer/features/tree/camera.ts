/** What part of the plane is looked at: screen = world × zoom + offset. */
import type { Layout } from "./layout.ts";

export interface Camera {
  zoom: number;
  dx: number;
  dy: number;
}

const CLOSEST = 8;
const FARTHEST = 0.01;
const ROOM = 32;

/** All of it, in the middle. */
export function fit(bounds: Layout["bounds"], width: number, height: number): Camera {
  const [w, h] = [Math.max(1, bounds.right - bounds.left), Math.max(1, bounds.bottom - bounds.top)];
  const zoom = Math.min(
    CLOSEST / 4,
    Math.max(FARTHEST, Math.min((width - 2 * ROOM) / w, (height - 2 * ROOM) / h)),
  );
  return {
    zoom,
    dx: width / 2 - ((bounds.left + bounds.right) / 2) * zoom,
    dy: height / 2 - ((bounds.top + bounds.bottom) / 2) * zoom,
  };
}

/** By a factor; what lies under (px, py) stays there. */
export function zoomed(camera: Camera, factor: number, px: number, py: number): Camera {
  const zoom = Math.min(CLOSEST, Math.max(FARTHEST, camera.zoom * factor));
  const by = zoom / camera.zoom;
  return { zoom, dx: px - (px - camera.dx) * by, dy: py - (py - camera.dy) * by };
}

/** Moved just so far that the point is inside, with some room. */
export function showing(camera: Camera, x: number, y: number, width: number, height: number): Camera {
  const [sx, sy] = [x * camera.zoom + camera.dx, y * camera.zoom + camera.dy];
  const shift = (at: number, size: number) => (at < 60 ? 60 - at : at > size - 60 ? size - 60 - at : 0);
  return { ...camera, dx: camera.dx + shift(sx, width), dy: camera.dy + shift(sy, height) };
}

/** The row nearest to a point of the screen, within `reach` px; −1 for none. Brute force: 10,000 take well under a ms. */
export function nearest(
  { x, y }: Pick<Layout, "x" | "y">,
  camera: Camera,
  px: number,
  py: number,
  shown: number,
  reach = 14,
): number {
  const [wx, wy] = [(px - camera.dx) / camera.zoom, (py - camera.dy) / camera.zoom];
  let best = -1;
  let distance = (reach / camera.zoom) ** 2;
  for (let i = 0; i < shown; i++) {
    const far = (x[i]! - wx) ** 2 + (y[i]! - wy) ** 2;
    if (far < distance) {
      best = i;
      distance = far;
    }
  }
  return best;
}
