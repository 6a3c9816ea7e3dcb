/** Which model plays a role. */
import type { ComponentProps } from "react";
import type { LlmSettings } from "../../shared/llm.ts";
import { Select } from "./controls.tsx";

type Role = keyof LlmSettings["roles"];

/** Of the researcher: where several take turns, that is what stands there until one is chosen. */
export function RoleSelect({
  models,
  role,
  onChange,
  ...props
}: {
  models: LlmSettings;
  role: Role;
  onChange: (models: LlmSettings) => void;
} & Omit<ComponentProps<typeof Select>, "value" | "options" | "onChange">) {
  const turns = role === "researcher" ? models.researchers.map((r) => r.endpoint) : [];
  const options = models.endpoints.map((e) => ({ value: e.name, label: `${e.name}: ${e.model}` }));
  return (
    <Select
      {...props}
      value={turns.length > 0 ? SEVERAL : (models.roles[role] ?? models.endpoints[0]!.name)}
      onChange={(name) => name !== SEVERAL && onChange(withRole(models, role, name))}
      options={
        turns.length > 0 ? [{ value: SEVERAL, label: `in turns: ${turns.join(", ")}` }, ...options] : options
      }
    />
  );
}

const SEVERAL = "";

/** One model for a role. The researcher's takes the place of several that took turns. */
export const withRole = (models: LlmSettings, role: Role, endpoint: string): LlmSettings => ({
  ...models,
  roles: { ...models.roles, [role]: endpoint },
  researchers: role === "researcher" ? [] : models.researchers,
});
