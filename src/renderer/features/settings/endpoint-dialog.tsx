/** One endpoint: where it is, which model, what it may cost, and how long it may take. */
import { useId, useState } from "react";
import { Endpoint } from "../../../shared/llm.ts";
import { call } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { Button, Field, NumberInput, Select, TextInput } from "../../ui/controls.tsx";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { Note } from "../../ui/states.tsx";
import { endpointProblems } from "./endpoint.ts";

const EFFORTS = ["", "none", "minimal", "low", "medium", "high"] as const;

export function EndpointDialog({
  endpoint,
  taken,
  models,
  canStore,
  onClose,
  onStore,
}: {
  endpoint: Endpoint;
  /** Names of the others. */
  taken: readonly string[];
  /** Models that the server offers, where that is known. */
  models: readonly string[];
  canStore: boolean;
  onClose: () => void;
  onStore: (endpoint: Endpoint) => void;
}) {
  const [draft, setDraft] = useState<Endpoint>(endpoint);
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const offered = useId();
  const set = <K extends keyof Endpoint>(name: K, value: Endpoint[K]) =>
    setDraft({ ...draft, [name]: value });
  const problems = endpointProblems(draft, taken);
  const error = (field: string) => (tried ? (problems[field] ?? null) : null);
  const number = (name: keyof Endpoint, label: string, help?: string, nullable = false) => (
    <Field label={label} help={help} error={error(name)}>
      {(props) => (
        <NumberInput
          {...props}
          placeholder={nullable ? "the server's default" : undefined}
          value={draft[name] as number | null}
          onChange={(v) => set(name, (v ?? (nullable ? null : Number.NaN)) as never)}
        />
      )}
    </Field>
  );
  const price = (side: "input" | "output") => (
    <Field
      label={`Price of ${side}`}
      help="For a million tokens. Empty: the table below."
      error={error("price")}
    >
      {(props) => (
        <NumberInput
          {...props}
          value={draft.price?.[side] ?? null}
          onChange={(v) => {
            const other = side === "input" ? "output" : "input";
            const rest = draft.price?.[other] ?? null;
            set("price", v === null && !rest ? null : ({ [side]: v ?? 0, [other]: rest ?? 0 } as never));
          }}
        />
      )}
    </Field>
  );
  const store = async () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    try {
      if (key !== "") await call("secrets.set", { name: draft.keyName, value: key });
      onStore(Endpoint.parse(draft));
    } catch (failure) {
      sayError(failure);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={endpoint.name || "New endpoint"} wide>
      <div className="settings-endpoint">
        <Field label="Name" error={error("name")}>
          {(props) => (
            <TextInput {...props} value={draft.name} onChange={(e) => set("name", e.target.value)} />
          )}
        </Field>
        <Field label="Address" help="Ends in /v1 with most servers." error={error("baseUrl")}>
          {(props) => (
            <TextInput
              {...props}
              className="mono"
              value={draft.baseUrl}
              onChange={(e) => set("baseUrl", e.target.value)}
            />
          )}
        </Field>
        <Field label="Model" error={error("model")}>
          {(props) => (
            <>
              <TextInput
                {...props}
                className="mono"
                list={models.length > 0 ? offered : undefined}
                value={draft.model}
                onChange={(e) => set("model", e.target.value)}
              />
              {models.length > 0 && (
                <datalist id={offered}>
                  {models.map((m) => (
                    <option key={m} value={m} />
                  ))}
                </datalist>
              )}
            </>
          )}
        </Field>
        <Field
          label="Name of the key"
          help="An environment variable, or the name under which the key is stored here. A local server needs none."
          error={error("keyName")}
        >
          {(props) => (
            <TextInput
              {...props}
              className="mono"
              value={draft.keyName}
              onChange={(e) => set("keyName", e.target.value)}
            />
          )}
        </Field>
        {canStore ? (
          <Field
            label="Key"
            help="Kept by the operating system's key store. It goes in and is never shown again. Empty changes nothing."
          >
            {(props) => (
              <TextInput
                {...props}
                type="password"
                autoComplete="off"
                value={key}
                onChange={(e) => setKey(e.target.value)}
              />
            )}
          </Field>
        ) : (
          <Note>
            <p className="small secondary">
              In the browser no key can be stored: set the environment variable {draft.keyName} before
              Cambrian is started.
            </p>
          </Note>
        )}
        {number("contextWindow", "Context window", "Tokens of prompt and answer together.")}
        {number("maxOutput", "Longest answer", "Tokens, reasoning included.")}
        {number("concurrency", "Requests at the same time")}
        {price("input")}
        {price("output")}
      </div>
      <details className="wizard-advanced">
        <summary>Advanced</summary>
        <div className="settings-endpoint">
          {number("temperature", "Temperature", "0 to 2.", true)}
          <Field label="Reasoning effort">
            {(props) => (
              <Select
                {...props}
                value={draft.reasoningEffort ?? ""}
                onChange={(v) => set("reasoningEffort", v === "" ? null : v)}
                options={EFFORTS.map((value) => ({
                  value,
                  label: value === "" ? "the server's default" : value,
                }))}
              />
            )}
          </Field>
          <Field
            label="Model for embeddings"
            help="At the same address. Empty: none, and BM25 is used alone."
          >
            {(props) => (
              <TextInput
                {...props}
                className="mono"
                value={draft.embeddingModel ?? ""}
                onChange={(e) => set("embeddingModel", e.target.value.trim() || null)}
              />
            )}
          </Field>
          {number("firstByteSeconds", "Wait for the first piece (s)")}
          {number("idleSeconds", "Wait between two pieces (s)")}
          {number("totalSeconds", "Wait for the whole answer (s)")}
        </div>
      </details>
      {tried && Object.keys(problems).length > 0 && (
        <p className="field-error" role="alert">
          {Object.values(problems)[0]}
        </p>
      )}
      <div className="dialog-actions">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" onClick={store}>
          Store endpoint
        </Button>
      </div>
    </Dialog>
  );
}
