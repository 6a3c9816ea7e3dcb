/** All that a page can reach of the program. */
import { contextBridge, ipcRenderer } from "electron";

contextBridge.exposeInMainWorld("cambrian", {
  dataFolder: (): Promise<string> => ipcRenderer.invoke("data-folder"),
});
