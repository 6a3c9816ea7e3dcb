/// <reference lib="dom" />
/** Shows where the archives lie. */
const { cambrian } = globalThis as unknown as { cambrian: { dataFolder(): Promise<string> } };
const folder = document.querySelector("#folder");
if (folder) folder.textContent = await cambrian.dataFolder();
