/** How the archive feeds the next proposal. */
import { Segmented } from "../../ui/controls.tsx";
import { Advanced, NumberField, type StepProps } from "./fields.tsx";
import { changed } from "./form.ts";

export function SearchStep(props: StepProps) {
  const { form, setForm } = props;
  return (
    <>
      <div className="field">
        <span className="field-label">Fitness</span>
        <div>
          <Segmented
            label="Fitness"
            value={form.search.mode}
            onChange={(mode) => setForm(changed(form, "search.mode", mode))}
            options={[
              { value: "calibrated", label: "Calibrated to the noise" },
              { value: "paper", label: "As in ASI-Arch" },
            ]}
          />
        </div>
        <p className="field-help">
          {form.search.mode === "calibrated"
            ? "Gains count in units of the spread over seeds. Both fitnesses are stored, whichever ranks."
            : "σ of the clipped relative change, as published. Both fitnesses are stored, whichever ranks."}
        </p>
      </div>
      <div className="wizard-fields">
        <NumberField
          {...props}
          field="search.poolSize"
          label="Pool"
          help="Ranked candidates that parents and references are drawn from."
        />
        <NumberField {...props} field="search.parentRanks" label="Parents from the best" />
        <NumberField {...props} field="search.references" label="References for each proposal" />
        <NumberField
          {...props}
          field="search.coldStart"
          label="Cold start"
          help="Proposals without a parent at the beginning."
        />
        <NumberField {...props} field="search.repairs" label="Repairs of one candidate, at most" />
        <NumberField {...props} field="search.noveltyRetries" label="New attempts after a repeat" />
      </div>
      <Advanced open={props.wrongs.length > 0}>
        <NumberField
          {...props}
          field="search.updateEvery"
          label="Pool brought up to date every"
          help="Results; promotions are decided then."
        />
        <NumberField
          {...props}
          field="search.lag"
          label="Lag"
          help="Proposal k sees the results before k − lag, whatever the number of workers."
        />
        <NumberField {...props} field="search.promotionLag" label="Lag of promotions" />
        <NumberField
          {...props}
          field="search.rungMinimum"
          label="A rung gives parents from"
          help="Experiments on it."
        />
        <NumberField {...props} field="search.islands" label="Islands" help="Of the built-in researcher." />
      </Advanced>
    </>
  );
}
