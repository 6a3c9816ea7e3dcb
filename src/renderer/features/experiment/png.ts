/** A picture of lines as one of pixels. */

const SCALE = 2;
/** Canvases of more pixels than this stay empty in some browsers. */
const MOST = 16_000_000;

/** @param svg a document of our own with its size; pictures are read by the browser without running scripts. Rejects where it cannot be drawn. */
export async function pngOf(svg: string): Promise<Blob> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(SCALE, Math.sqrt(MOST / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The diagram is too large for a picture of pixels. Export it as SVG.");
  return blob;
}
