import { describe, expect, it } from "vitest";
import { type Leaving, quitHandler } from "./quit.ts";

function handler(running: boolean, how: Leaving, fails = false) {
  const did: string[] = [];
  const hook = (name: string) => async () => {
    did.push(name);
    if (fails) throw new Error(name);
  };
  const quit = quitHandler({
    running: () => running,
    ask: async () => {
      did.push("ask");
      return how;
    },
    pauseAfterStep: hook("step"),
    close: hook("close"),
    exit: () => did.push("exit"),
  });
  let prevented = 0;
  const event = { preventDefault: () => prevented++ };
  const press = async () => {
    quit(event);
    quit(event); // impatient
    await new Promise((resolve) => setTimeout(resolve, 0));
    return { did, prevented };
  };
  return press;
}

describe("leaving", () => {
  it.each([
    [false, "cancel", ["close", "exit"]],
    [true, "now", ["ask", "close", "exit"]],
    [true, "step", ["ask", "step", "close", "exit"]],
    [true, "cancel", ["ask"]],
  ] as const)("while a campaign runs: %s, answered %s", async (running, how, expected) => {
    const { did, prevented } = await handler(running, how)();
    expect(did).toEqual(expected);
    expect(prevented).toBe(2);
  });

  it("asks again after it was called off", async () => {
    const press = handler(true, "cancel");
    await press();
    expect((await press()).did).toEqual(["ask", "ask"]);
  });

  it("ends even where pausing and closing fail", async () => {
    expect((await handler(true, "step", true)()).did).toEqual(["ask", "step", "close", "exit"]);
  });
});
