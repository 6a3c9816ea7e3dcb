/** Who proposes, repairs, judges and explains. */
import { useEffect } from "react";
import type { CampaignForm } from "../../../shared/campaigns.ts";
import { useCall } from "../../api/index.ts";
import { to } from "../../state/route.ts";
import { Field } from "../../ui/controls.tsx";
import { RoleSelect } from "../../ui/role-select.tsx";
import { Note } from "../../ui/states.tsx";
import type { StepProps } from "./fields.tsx";

const CHOICES: { value: CampaignForm["researcher"]; title: string; text: string }[] = [
  {
    value: "grammar",
    title: "Built-in researcher",
    text: "A typed grammar of mixers with evolution. No language model, no network, no cost.",
  },
  {
    value: "llm",
    title: "Language models",
    text: "A model in every role, behind any OpenAI-compatible server. The built-in agents stand by when it fails, and it is said which experiments they made.",
  },
  {
    value: "random",
    title: "Random sampler",
    text: "The control arm: the same grammar without any learning. What a search does not beat here it has not found.",
  },
];

const ROLES = ["researcher", "engineer", "analyst", "judge"] as const;

export function AgentsStep({ form, setForm, wrongs }: StepProps) {
  const { data: models } = useCall("models.get", {});
  const configured = models?.settings ?? null;
  const error = wrongs.find((w) => w.field === "models" || w.field === "researcher")?.message;
  // Models may have been set up meanwhile.
  useEffect(() => {
    if (form.researcher === "llm" && !form.models && configured) setForm({ ...form, models: configured });
  }, [configured]);
  const choose = (researcher: CampaignForm["researcher"]) =>
    setForm({
      ...form,
      researcher,
      models: researcher === "llm" ? (form.models ?? configured) : form.models,
    });
  return (
    <>
      <fieldset className="presets">
        <legend className="hidden-text">Who proposes</legend>
        {CHOICES.map((choice) => (
          <label key={choice.value} className="preset">
            <input
              type="radio"
              name="researcher"
              checked={form.researcher === choice.value}
              onChange={() => choose(choice.value)}
              aria-label={choice.title}
            />
            <span className="grow">
              <span className="strong">{choice.title}</span> <span className="secondary">{choice.text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {form.researcher === "llm" && !form.models && (
        <Note tone="warn">
          <p>{error ?? "No endpoint is set up yet."}</p>
          <p>
            <a href={`${to("settings")}?section=models`}>Set up language models</a>
            {models &&
              models.local.length > 0 &&
              ` (${models.local.map((l) => l.name).join(", ")} answers on this machine)`}
          </p>
        </Note>
      )}
      {form.researcher === "llm" && form.models && (
        <div className="wizard-fields">
          {ROLES.map((role) => (
            <Field key={role} label={`Model of the ${role}`}>
              {(props) => (
                <RoleSelect
                  {...props}
                  models={form.models!}
                  role={role}
                  onChange={(models) => setForm({ ...form, models })}
                />
              )}
            </Field>
          ))}
        </div>
      )}
    </>
  );
}
