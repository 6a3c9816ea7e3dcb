/**
 * The path of a small curve without axes.
 * @param most value at the upper edge; the lower one is 0
 */
export function sparkline(
  values: readonly (number | null)[],
  most: number,
  width: number,
  height: number,
): string {
  // Half a pixel of air, so that the line's own width is not cut.
  const y = (v: number) => height - 0.5 - (Math.min(most, Math.max(0, v)) / most) * (height - 1);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let pen = "M";
  let path = "";
  values.forEach((v, i) => {
    if (v === null || most <= 0) {
      pen = "M";
      return;
    }
    path += `${pen}${(values.length > 1 ? i * step : width).toFixed(1)} ${y(v).toFixed(1)}`;
    pen = "L";
  });
  return path;
}
