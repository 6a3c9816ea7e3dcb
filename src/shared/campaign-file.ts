/** A campaign's settings as a file: what the wizard exports and imports, and what `cambrian run --settings` takes. */
import { CampaignForm } from "./campaigns.ts";

const KIND = "cambrian-campaign";

/** It holds no key: models are named with the name under which their key is kept. */
export const exported = (form: CampaignForm): string =>
  `${JSON.stringify({ kind: KIND, version: 1, form }, null, 2)}\n`;

/** @returns the settings, or why the text holds none, as a sentence */
export function imported(text: string): { form: CampaignForm } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "The file is not JSON. Choose one that the wizard exported." };
  }
  const { kind, form } = (json ?? {}) as { kind?: unknown; form?: unknown };
  if (kind !== KIND)
    return { problem: "The file holds no campaign settings. Choose one that the wizard exported." };
  const parsed = CampaignForm.safeParse(form);
  if (parsed.success) return { form: parsed.data };
  const issue = parsed.error.issues[0];
  return { problem: `The settings do not fit: ${issue?.path.join(".")}: ${issue?.message}.` };
}
