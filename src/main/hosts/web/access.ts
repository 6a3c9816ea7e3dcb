/** Who may come in. Pure, but for the clock, which is given. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A session lasts a week; then the address with the token is opened again. */
export const SESSION_SECONDS = 7 * 24 * 3600;

/** The names under which a browser on this machine, or one that is forwarded to it, may call: nothing else is ours. */
export const hostAllowed = (host: string | undefined, port: number): boolean =>
  host === `127.0.0.1:${port}` || host === `localhost:${port}`;

/**
 * Whether a request comes from our own page. A browser leaves the origin out only where a person opens an address: that
 * is not good enough for a connection (`required`).
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  required: boolean,
): boolean {
  return origin === undefined ? !required : host !== undefined && origin === `http://${host}`;
}

/** Compares in a time that says nothing about where they differ. */
export function same(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHmac("sha256", "compare").update(text).digest());
  return timingSafeEqual(x!, y!);
}

/** Cookies are kept by host, not by port: two programs on one machine must not overwrite each other's. */
export const cookieName = (port: number): string => `cambrian-${port}`;

/** The value of a cookie in a Cookie header, or null. */
export function cookieOf(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

const signature = (key: string, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

/**
 * A new session: random, with its end, signed. Nothing about it is stored, so that a page goes on when the program is
 * started anew.
 * @param key 256 random bits that stay with the data folder
 * @param now milliseconds since 1970
 */
export function newSession(key: string, now: number): string {
  const text = `${randomBytes(16).toString("hex")}.${Math.floor(now / 1000) + SESSION_SECONDS}`;
  return `${text}.${signature(key, text)}`;
}

/** Whether it was made with `newSession` under this key, and has not ended. */
export function sessionValid(session: string | null, key: string, now: number): boolean {
  const match = session?.match(/^([0-9a-f]{32}\.(\d{1,12}))\.([A-Za-z0-9_-]{43})$/);
  if (!match) return false;
  const [, text, end, signed] = match;
  return same(signature(key, text!), signed!) && now < Number(end) * 1000;
}

/** Refuses when there were too many failures of late: `allowed` before an attempt, `failed` after a bad one. */
export function failureLimit(most: number, windowMs: number) {
  let failures: number[] = [];
  return {
    allowed(now: number): boolean {
      failures = failures.filter((at) => now - at < windowMs);
      return failures.length < most;
    },
    failed(now: number): void {
      failures.push(now);
    },
  };
}
