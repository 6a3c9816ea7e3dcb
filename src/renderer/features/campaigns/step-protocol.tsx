/** What every candidate is measured against, and on what. */
import { count } from "../../ui/format.ts";
import { Advanced, NumberField, type StepProps } from "./fields.tsx";

const TASKS: Record<string, string> = {
  lm: "language modelling, bytes of Python's own library",
  icr: "recall of pairs in context",
  upd: "recall of the last of several values",
  parity: "parity of a bit string",
};

export function ProtocolStep(props: StepProps) {
  const { protocol } = props.form;
  const { model, baseline, rungs, tasks, limits } = protocol;
  return (
    <>
      <p className="secondary">{protocol.description}</p>
      <dl className="facts">
        <dt>Baseline</dt>
        <dd>
          {baseline.mixer}, {baseline.seeds} seeds; widened to{" "}
          {baseline.widths.map((w) => `${w}×`).join(" and ")} with {baseline.widthSeeds} seeds each. Its
          spread is the noise that every gain is held against.
        </dd>
        <dt>Model</dt>
        <dd>
          {model.numLayers} {model.numLayers === 1 ? "layer" : "layers"}, width {model.hiddenSize},{" "}
          {model.numHeads} heads
        </dd>
        <dt>Size limits</dt>
        <dd>
          parameters within {limits.params}× and FLOPs a token within {limits.flops}× of the baseline
        </dd>
      </dl>
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>What it asks</th>
            <th className="num">Length</th>
            <th className="num">Batch</th>
            <th className="num">Steps</th>
            <th className="num">Tokens</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(tasks).map(([name, t]) => (
            <tr key={name}>
              <td className="mono">{name}</td>
              <td>{TASKS[t.kind]}</td>
              <td className="num">{t.seqLen}</td>
              <td className="num">{t.batch}</td>
              <td className="num">{t.steps}</td>
              <td className="num">{count(t.seqLen * t.batch * t.steps)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <thead>
          <tr>
            <th>Rung</th>
            <th>Trainings</th>
            <th>Who goes on</th>
          </tr>
        </thead>
        <tbody>
          {rungs.map((rung) => (
            <tr key={rung.name}>
              <td className="mono">{rung.name}</td>
              <td>
                {rung.runs
                  .map((r) => `${r.task} to ${r.until}${r.seeds > 1 ? ` × ${r.seeds} seeds` : ""}`)
                  .join(", ")}
              </td>
              <td>
                {rung.promote === null
                  ? "nobody: the last rung"
                  : rung.promote.rule === "top"
                    ? `the best ${Math.round(100 * rung.promote.fraction)} %, and ties within ${rung.promote.tieLoss}`
                    : `whatever beats the baseline by ${rung.promote.z} seed spreads`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Advanced open={props.wrongs.some((w) => w.field.startsWith("protocol"))}>
        <NumberField {...props} field="protocol.model.hiddenSize" label="Width (hidden size)" />
        <NumberField {...props} field="protocol.model.numHeads" label="Heads" help="Must divide the width." />
        <NumberField {...props} field="protocol.model.numLayers" label="Layers" />
        <NumberField
          {...props}
          field="protocol.baseline.seeds"
          label="Seeds of the baseline"
          help="At least 5 give a spread worth the name."
        />
        <NumberField {...props} field="protocol.limits.params" label="Parameters, at most (× baseline)" />
        <NumberField {...props} field="protocol.limits.flops" label="FLOPs a token, at most (× baseline)" />
        <NumberField {...props} field="protocol.limits.memoryMB" label="Memory of one training (MB)" />
        <NumberField {...props} field="protocol.limits.gateSeconds" label="Time for the gates (s)" />
        <NumberField {...props} field="protocol.limits.runSeconds" label="Time for one training (s)" />
        {Object.keys(tasks).map((name) => (
          <NumberField
            key={name}
            {...props}
            field={`protocol.tasks.${name}.steps`}
            label={`Steps of the schedule: ${name}`}
          />
        ))}
      </Advanced>
    </>
  );
}
