import fc from "fast-check";
import { expect, it } from "vitest";
import { createRing, plainText } from "./ring.ts";

it("holds exactly the last bytes, whatever the chunks", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 64 }),
      fc.nat(2000),
      (chunks, capacity, offset) => {
        const ring = createRing(capacity);
        for (const chunk of chunks) ring.push(chunk);
        const all = Buffer.concat(chunks);
        const { from, bytes, to } = ring.read(offset);
        expect(to).toBe(all.length);
        expect(from).toBe(Math.min(Math.max(offset, all.length - capacity, 0), all.length));
        expect(bytes.equals(all.subarray(from))).toBe(true);
      },
    ),
  );
});

it("grows from little to its capacity without losing a byte", () => {
  const ring = createRing(1 << 20);
  const all = Buffer.alloc(900_000, "abcdefg");
  for (let at = 0; at < all.length; at += 7001) ring.push(all.subarray(at, at + 7001));
  expect(ring.read().bytes.equals(all)).toBe(true);
});

it("reads on where a viewer stopped", () => {
  const ring = createRing(8);
  ring.push(Buffer.from("abc"));
  const first = ring.read();
  ring.push(Buffer.from("def"));
  expect(ring.read(first.to)).toMatchObject({ from: 3, to: 6 });
  expect(ring.read(first.to).bytes.toString()).toBe("def");
  ring.push(Buffer.from("0123456789"));
  expect(ring.read(first.to)).toMatchObject({ from: 8, to: 16 }); // it lost two bytes, and can tell
});

it.each([
  ["\x1b[31mred\x1b[0m", "red"],
  ["\x1b]0;title\x07text", "text"],
  ["\x1b]52;c;c2VjcmV0\x1b\\text", "text"],
  ["line\r\nnext\r\n", "line\nnext\n"],
  ["10 %\r50 %\r100 %\n", "100 %\n"],
  ["a\x00b\x07c\x9bd\te", "abcd\te"],
  ["ünï", "ünï"],
])("shows %j as %j", (raw, text) => {
  expect(plainText(Buffer.from(raw))).toBe(text);
});
