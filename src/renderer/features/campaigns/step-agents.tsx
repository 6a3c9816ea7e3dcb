/** Who proposes, repairs, judges and explains. */
import type { CampaignForm } from "../../../shared/campaigns.ts";
import { useCall } from "../../api/index.ts";
import { to } from "../../state/route.ts";
import { Field, Select } from "../../ui/controls.tsx";
import { Note } from "../../ui/states.tsx";
import type { StepProps } from "./fields.tsx";
import { changed } from "./form.ts";

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

export function AgentsStep({ form, setForm, wrongs }: StepProps) {
  const { data: models } = useCall("models.get", {});
  const configured = models?.settings ?? null;
  const error = wrongs.find((w) => w.field === "models" || w.field === "researcher")?.message;
  const choose = (researcher: CampaignForm["researcher"]) =>
    setForm({
      ...form,
      researcher,
      models: researcher === "llm" ? (form.models ?? configured) : form.models,
    });
  const roles = form.models ? ["researcher", "engineer", "analyst", "judge"] : [];
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
          {roles.map((role) => (
            <Field key={role} label={`Model of the ${role}`}>
              {(props) => (
                <Select
                  {...props}
                  value={form.models!.roles[role as "judge"] ?? form.models!.endpoints[0]!.name}
                  onChange={(name) => setForm(changed(form, `models.roles.${role}`, name))}
                  options={form.models!.endpoints.map((e) => ({
                    value: e.name,
                    label: `${e.name}: ${e.model}`,
                  }))}
                />
              )}
            </Field>
          ))}
        </div>
      )}
    </>
  );
}
