/** Why an experiment ended early, and what to do about it. */
import { CircleAlert } from "lucide-react";
import type { Failure } from "../../../shared/job.ts";
import { ScrollText } from "../../ui/code.tsx";
import { adviceOn } from "./advice.ts";

export function FailureNote({ failure, ended }: { failure: Failure; ended: string }) {
  return (
    <div className={`note ${ended === "rejected" ? "warn" : "bad"}`}>
      <CircleAlert size={16} aria-hidden />
      <div className="grow stack">
        <p className="strong">
          {ended === "rejected" ? "Rejected" : ended === "failed" ? "Failed" : "Stopped"} ({failure.kind}):{" "}
          {failure.message}
        </p>
        <p>{adviceOn(failure.kind)}</p>
        {failure.detail.trim() !== "" && (
          <details>
            <summary>The exact error</summary>
            <ScrollText className="experiment-text" text={failure.detail} />
          </details>
        )}
      </div>
    </div>
  );
}
