/** All that a page can reach of the program: it sends messages, and hears the answers. */
import { contextBridge, ipcRenderer } from "electron";
import type { Bridge, ServerMessage } from "../shared/wire.ts";

const CHANNEL = "cambrian";

// Messages go as JSON: both sides check the same text, whichever host carries it.
const bridge: Bridge = {
  send: (message) => ipcRenderer.send(CHANNEL, JSON.stringify(message)),
  listen(listener) {
    const receive = (_event: unknown, text: string) => listener(JSON.parse(text) as ServerMessage);
    ipcRenderer.removeAllListeners(CHANNEL);
    ipcRenderer.on(CHANNEL, receive);
    // The program answers "hello"; a connection that this page had before ends.
    ipcRenderer.send(CHANNEL, "open");
    return () => {
      if (!ipcRenderer.listeners(CHANNEL).includes(receive)) return;
      ipcRenderer.off(CHANNEL, receive);
      ipcRenderer.send(CHANNEL, "close");
    };
  },
};

contextBridge.exposeInMainWorld("cambrian", bridge);
