/** An analysis in its parts: the first report, then one for each deeper rung, under marks that Markdown does not show. */
export function reportsOf(analysis: string | null): { rung: string | null; text: string }[] {
  const parts = (analysis ?? "").split(/^<!-- rung: (.+?) -->$/m);
  return parts
    .flatMap((text, i) => (i % 2 === 0 ? [{ rung: i === 0 ? null : parts[i - 1]!, text: text.trim() }] : []))
    .filter(({ text }) => text !== "");
}
