/** What the campaign is for: a preset, a name, and where it is kept. */
import type { PresetChoice } from "../../../shared/campaigns.ts";
import { Field, TextInput } from "../../ui/controls.tsx";
import { Advanced, NumberField, type StepProps, TextField } from "./fields.tsx";
import { changed } from "./form.ts";

export function GoalStep({ presets, ...props }: StepProps & { presets: readonly PresetChoice[] }) {
  const { form, setForm } = props;
  const choose = (preset: PresetChoice) =>
    // A name of one's own stays.
    setForm(
      presets.some((p) => p.form.name === form.name) ? preset.form : { ...preset.form, name: form.name },
    );
  return (
    <>
      <fieldset className="presets">
        <legend className="hidden-text">Preset</legend>
        {presets.map((preset) => (
          <label key={preset.name} className="preset">
            <input
              type="radio"
              name="preset"
              checked={form.preset === preset.name}
              onChange={() => choose(preset)}
              aria-label={preset.title}
              aria-describedby={`preset-${preset.name}`}
            />
            <span className="grow">
              <span className="strong">{preset.title}</span>
              <span className="secondary" id={`preset-${preset.name}`}>
                {" "}
                {preset.description}
                {preset.unavailable && <span className="preset-unavailable"> {preset.unavailable}</span>}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="wizard-fields">
        <TextField {...props} field="name" label="Name" />
        <Advanced>
          <Field
            label="Archive"
            help="The file that keeps everything. Empty: archive.sqlite in the data folder. An existing archive takes further campaigns."
          >
            {(field) => (
              <TextInput
                {...field}
                className="mono"
                placeholder="archive.sqlite"
                value={form.archive ?? ""}
                onChange={(event) => setForm(changed(form, "archive", event.target.value.trim() || null))}
              />
            )}
          </Field>
          <NumberField
            {...props}
            field="seed"
            label="Seed"
            help="The same seed gives the same candidates and scores with the built-in agents."
          />
        </Advanced>
      </div>
    </>
  );
}
