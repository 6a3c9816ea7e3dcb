/** What the program has to tell, where the host has no notifications of its own. */
import { useEffect, useRef } from "react";
import { useTopic } from "../api/index.ts";
import { useApp } from "../state/app.ts";
import { go } from "../state/route.ts";

export function Notices() {
  const { data: notices } = useTopic("notices");
  /** Those that were there when the window opened are old news. */
  const opened = useRef(new Date().toISOString());
  const told = useRef(0);
  useEffect(() => {
    if (!notices) return;
    for (const notice of notices.slice(told.current)) {
      if (notice.at < opened.current) continue;
      useApp.getState().say({
        tone: notice.kind === "failed" ? "bad" : "plain",
        text: notice.title,
        fix: notice.body,
        action: { label: "Show", run: () => go(notice.route) },
      });
    }
    told.current = notices.length;
  }, [notices]);
  return null;
}
