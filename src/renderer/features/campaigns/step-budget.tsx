/** When it ends. The first limit that is reached ends the campaign; nothing that was finished is lost by it. */
import { Advanced, NumberField, type StepProps } from "./fields.tsx";

export function BudgetStep(props: StepProps) {
  const llm = props.form.researcher === "llm";
  return (
    <>
      <p className="secondary">
        The first limit reached ends the campaign. An empty field sets no limit. A campaign that has ended can
        be continued with a larger budget.
      </p>
      <div className="wizard-fields">
        <NumberField
          {...props}
          field="budget.experiments"
          label="Experiments"
          placeholder="no limit"
          empty={null}
        />
        <NumberField
          {...props}
          field="budget.wallSeconds"
          label="Running time (hours)"
          scale={3600}
          placeholder="no limit"
          empty={null}
        />
        {llm && (
          <>
            <NumberField
              {...props}
              field="budget.tokens"
              label="Tokens of language models"
              placeholder="no limit"
              empty={null}
              help="Hard: a request that could exceed it is not sent."
            />
            <NumberField
              {...props}
              field="budget.cost"
              label="Money for language models"
              placeholder="no limit"
              empty={null}
              help="In the currency of the prices in Settings. Hard as well."
            />
          </>
        )}
      </div>
      <Advanced open={props.wrongs.some((w) => w.field === "workers" || w.field === "budget.deviceSeconds")}>
        <NumberField
          {...props}
          field="budget.deviceSeconds"
          label="Time on the device (hours)"
          scale={3600}
          placeholder="no limit"
          empty={null}
        />
        <NumberField
          {...props}
          field="workers"
          label="Trainings at the same time on a CPU"
          placeholder="one a core"
          empty={null}
          help="It changes no result, only how long it takes."
        />
      </Advanced>
    </>
  );
}
