/** Gives a text to the person as a file. */
export function download(filename: string, mime: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type: mime }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // The browser has taken its own reference by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
