/** The two ways to the program: what the preload script put on the page, or a WebSocket to whoever served the page. */
import type { Bridge, ClientMessage, ServerMessage } from "../../shared/wire.ts";

export interface Line {
  send(message: ClientMessage): void;
  close(): void;
}

/** Opens one connection at a time. `closed` is called once, when it broke or could not be made. */
export interface Transport {
  open(message: (message: ServerMessage) => void, closed: () => void): Line;
}

/** In the desktop application. It breaks only when the program ends, and the window with it. */
export const bridgeTransport = (bridge: Bridge): Transport => ({
  open(message) {
    const stop = bridge.listen(message);
    return { send: (sent) => bridge.send(sent), close: stop };
  },
});

/** In a browser. @param url ws://… */
export const socketTransport = (url: string): Transport => ({
  open(message, closed) {
    const socket = new WebSocket(url);
    socket.onmessage = (event) => message(JSON.parse(String(event.data)) as ServerMessage);
    socket.onclose = closed;
    return {
      send: (sent) => socket.send(JSON.stringify(sent)),
      close: () => {
        socket.onclose = null;
        socket.close();
      },
    };
  },
});

/** The one that this page has. */
export function pageTransport(): Transport {
  const { cambrian } = globalThis as { cambrian?: Bridge };
  if (cambrian) return bridgeTransport(cambrian);
  const { protocol, host } = globalThis.location;
  return socketTransport(`${protocol === "https:" ? "wss" : "ws"}://${host}/ws`);
}
