/** What an experiment took: time, requests, tokens, money. */
import type { ExperimentView } from "../../../shared/views.ts";
import { replaceQuery } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { count, duration, money, plural } from "../../ui/format.ts";

export function Costs({ view: { experiment, calls } }: { view: ExperimentView }) {
  const device = experiment.scores.reduce((sum, s) => sum + s.seconds, 0);
  const tokens = calls.reduce((sum, c) => sum + c.tokens, 0);
  const cost = calls.reduce((sum, c) => sum + c.cost, 0);
  const estimated = calls.filter((c) => c.estimated).length;
  return (
    <dl className="facts">
      <dt>Time</dt>
      <dd className="num">
        {duration(experiment.seconds)}
        {device > 0 && (
          <span className="muted"> of which {duration(device)} on the device for scored runs</span>
        )}
      </dd>
      <dt>Requests</dt>
      <dd>
        {calls.length === 0 ? (
          "none to a language model"
        ) : (
          <Button
            kind="quiet"
            small
            className="experiment-inline"
            onClick={() => replaceQuery({ tab: "prompts" })}
          >
            {plural(calls.length, "request")}
          </Button>
        )}
      </dd>
      {calls.length > 0 && (
        <>
          <dt>Tokens</dt>
          <dd className="num">
            {count(tokens)}
            {estimated > 0 && <span className="muted"> estimated for {plural(estimated, "request")}</span>}
          </dd>
          <dt>Cost</dt>
          <dd className="num">{money(cost)}</dd>
        </>
      )}
    </dl>
  );
}
