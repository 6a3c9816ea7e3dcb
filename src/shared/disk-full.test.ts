import { expect, it } from "vitest";
import { isDiskFull } from "./disk-full.ts";

it.each([
  [{ code: "ENOSPC", errno: -28 }, true],
  [{ code: "Unknown system error -122", errno: -122 }, true],
  [{ code: "EACCES", errno: -13 }, false],
  [new Error("no space left on device"), false],
  [null, false],
])("%j: %s", (error, full) => expect(isDiskFull(error)).toBe(full));
