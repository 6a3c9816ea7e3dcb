/** Whether a running campaign shows signs of life. */
import { useEffect, useRef, useState } from "react";
import type { LiveState } from "../../shared/live.ts";

/** The heartbeat is renewed every second; so many milliseconds without one are no delay of the network. */
export const SILENT_MS = 8000;

/**
 * Milliseconds without a sign of life; null while there are signs. Whether it is silent is told from when its heartbeat
 * last changed here, since the clocks of two machines may differ.
 */
export function silence(state: string, heartbeat: string, changedAt: number, now: number): number | null {
  if (state !== "running" || now - changedAt < SILENT_MS) return null;
  const told = now - new Date(heartbeat).getTime();
  return Math.max(now - changedAt, Number.isFinite(told) ? told : 0);
}

/** The time now, once a second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useSilence(live: LiveState | null): number | null {
  const now = useNow();
  const seen = useRef<{ heartbeat: string; at: number } | null>(null);
  if (!live) return null;
  if (seen.current?.heartbeat !== live.heartbeat)
    seen.current = { heartbeat: live.heartbeat, at: Date.now() };
  return silence(live.campaign.state, live.heartbeat, seen.current.at, now);
}
