/** What of a picture is seen: a scale, and where its corner lies in the window, in px. */

export interface View {
  scale: number;
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}

const SMALLEST = 0.1;
const LARGEST = 4;
const MARGIN = 16;
/** Below this the words cannot be read: the picture begins at its top instead of as a whole. */
const READABLE = 0.7;

const clamp = (v: number, low: number, high: number) => Math.min(high, Math.max(low, v));

/** The whole picture, in the middle, never enlarged. */
export function fit(picture: Size, window: Size, smallest = SMALLEST): View {
  const across = (window.width - 2 * MARGIN) / picture.width;
  const down = (window.height - 2 * MARGIN) / picture.height;
  const scale = clamp(Math.min(across, down, 1), smallest, LARGEST);
  const [left, top] = [
    (window.width - picture.width * scale) / 2,
    (window.height - picture.height * scale) / 2,
  ];
  return { scale, x: left, y: Math.max(MARGIN, top) };
}

/** As it is first shown: whole where it can be read so, else its upper part. */
export const opening = (picture: Size, window: Size): View => fit(picture, window, READABLE);

/** Zooms, and keeps the point of the picture that lies at `at` where it is. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = clamp(view.scale * factor, SMALLEST, LARGEST);
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Moves as little as brings a box of the picture into the window. */
export function shown(view: View, box: { x: number; y: number; w: number; h: number }, window: Size): View {
  const move = (from: number, length: number, room: number) =>
    from < MARGIN ? MARGIN - from : from + length > room - MARGIN ? room - MARGIN - from - length : 0;
  const dx = move(view.x + box.x * view.scale, box.w * view.scale, window.width);
  const dy = move(view.y + box.y * view.scale, box.h * view.scale, window.height);
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy };
}
