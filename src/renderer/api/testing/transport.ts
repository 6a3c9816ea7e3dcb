/** A transport whose other end is the test. */
import type { ClientMessage, ServerMessage } from "../../../shared/wire.ts";
import type { Transport } from "../transport.ts";

export interface FakeTransport extends Transport {
  /** Connections that were asked for, so far. */
  opened: number;
  /** What came over the present connection. */
  sent: ClientMessage[];
  /** What came, without what was taken before. */
  take(): ClientMessage[];
  say(message: ServerMessage): void;
  hello(epoch?: string): void;
  breakDown(): void;
}

export function fakeTransport(): FakeTransport {
  let message: (message: ServerMessage) => void = () => {};
  let closed: () => void = () => {};
  const transport: FakeTransport = {
    opened: 0,
    sent: [],
    open(onMessage, onClosed) {
      transport.opened++;
      transport.sent = [];
      message = onMessage;
      closed = onClosed;
      return { send: (sent) => transport.sent.push(sent), close: () => {} };
    },
    take: () => transport.sent.splice(0),
    say: (said) => message(said),
    hello: (epoch = "first") => message({ type: "hello", epoch }),
    breakDown: () => closed(),
  };
  return transport;
}
