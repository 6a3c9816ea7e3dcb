/** Fields that are tied to a place in the wizard's form. */
import type { ReactNode } from "react";
import type { CampaignForm } from "../../../shared/campaigns.ts";
import { Field, NumberInput, TextInput } from "../../ui/controls.tsx";
import { Fold } from "../../ui/fold.tsx";
import { changed, valueAt, type Wrong } from "./form.ts";

export interface StepProps {
  form: CampaignForm;
  setForm: (form: CampaignForm) => void;
  wrongs: readonly Wrong[];
}

const errorAt = (wrongs: readonly Wrong[], field: string) =>
  wrongs.find((w) => w.field === field)?.message ?? null;

interface Place extends StepProps {
  field: string;
  label: string;
  help?: ReactNode;
}

/** @param scale what one unit in the field is in the form: 3600 for hours of seconds */
export function NumberField({
  form,
  setForm,
  wrongs,
  field,
  label,
  help,
  scale = 1,
  placeholder,
  empty = Number.NaN,
}: Place & {
  scale?: number;
  placeholder?: string;
  /** What an empty field means: null where there may be none. */
  empty?: number | null;
}) {
  const value = valueAt(form, field) as number | null;
  return (
    <Field label={label} help={help} error={errorAt(wrongs, field)}>
      {(props) => (
        <NumberInput
          {...props}
          placeholder={placeholder}
          value={value === null ? null : value / scale}
          onChange={(next) => setForm(changed(form, field, next === null ? empty : next * scale))}
        />
      )}
    </Field>
  );
}

export function TextField({ form, setForm, wrongs, field, label, help, mono }: Place & { mono?: boolean }) {
  return (
    <Field label={label} help={help} error={errorAt(wrongs, field)}>
      {(props) => (
        <TextInput
          {...props}
          className={mono ? "mono" : ""}
          value={(valueAt(form, field) as string | null) ?? ""}
          onChange={(event) => setForm(changed(form, field, event.target.value))}
        />
      )}
    </Field>
  );
}

/** What most people leave alone. */
export function Advanced({ children, open }: { children: ReactNode; open?: boolean }) {
  return (
    <Fold summary="Advanced" className="wizard-advanced" open={open}>
      <div className="wizard-fields">{children}</div>
    </Fold>
  );
}
