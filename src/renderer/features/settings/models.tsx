/** Endpoints of language models, their keys, and who plays which role. */
import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { Endpoint, type LlmSettings, ROLES, type Role } from "../../../shared/llm.ts";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button, Field, NumberInput, Segmented } from "../../ui/controls.tsx";
import { RoleSelect } from "../../ui/role-select.tsx";
import { ErrorNote, Loading, Note } from "../../ui/states.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { Line, Section } from "./section.tsx";

const PLAYED: Record<Role, string> = {
  researcher: "proposes and writes the code",
  summariser: "shortens what the researcher is shown",
  novelty: "compares an idea with the nearest ones",
  checker: "reads the code after the gates",
  engineer: "repairs from the exact error",
  judge: "scores by a rubric, without the results",
  analyst: "writes the report",
  extractor: "reads papers into the knowledge base",
};

export function Models() {
  const { data, error, reload } = useCall("models.get", {});
  const [settings, setSettings] = useState<LlmSettings | null>(null);
  const [editing, setEditing] = useState<{ at: number | null; endpoint: Endpoint } | null>(null);
  useEffect(() => {
    if (data) setSettings(data.settings);
  }, [data]);

  const store = async (next: LlmSettings | null) => {
    const before = settings;
    setSettings(next);
    try {
      await call("models.set", { settings: next });
      reload();
    } catch (failure) {
      setSettings(before);
      sayError(failure);
    }
  };
  const put = (at: number | null, endpoint: Endpoint) => {
    const endpoints = settings?.endpoints ?? [];
    const old = at === null ? null : endpoints[at]!.name;
    const renamed = (name: string) => (name === old ? endpoint.name : name);
    const next = at === null ? [...endpoints, endpoint] : endpoints.map((e, i) => (i === at ? endpoint : e));
    void store({
      ...(settings ?? { roles: {}, researchers: [], choice: "thompson", judgeSamples: 3 }),
      endpoints: next,
      roles: Object.fromEntries(
        Object.entries(settings?.roles ?? {}).map(([role, name]) => [role, renamed(name!)]),
      ),
      researchers: (settings?.researchers ?? []).map((r) => ({ ...r, endpoint: renamed(r.endpoint) })),
    });
  };
  const remove = (at: number) => {
    const before = settings!;
    const gone = before.endpoints[at]!.name;
    const endpoints = before.endpoints.filter((_, i) => i !== at);
    const roles = Object.fromEntries(Object.entries(before.roles).filter(([, name]) => name !== gone));
    const researchers = before.researchers.filter((r) => r.endpoint !== gone);
    void store(endpoints.length === 0 ? null : { ...before, endpoints, roles, researchers });
    useApp.getState().say({
      tone: "plain",
      text: `${gone} was taken out. Its key, where one is stored, stays.`,
      action: { label: "Undo", run: () => void store(before) },
    });
  };

  return (
    <Section
      id="models"
      title="Language models"
      about="Any server that speaks plain OpenAI chat: OpenAI, Azure, vLLM, llama.cpp, Ollama, LM Studio. Without one, the built-in agents play every role."
    >
      {error && <ErrorNote error={error} retry={reload} />}
      {!data && !error && <Loading lines={3} />}
      {data && settings && (
        <table>
          <thead>
            <tr>
              <th>Endpoint</th>
              <th>Model</th>
              <th>Address</th>
              <th>Key</th>
              <th>
                <span className="hidden-text">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {settings.endpoints.map((e, i) => (
              <tr key={e.name}>
                <td className="strong">{e.name}</td>
                <td className="mono">{e.model}</td>
                <td className="mono settings-address clip" title={e.baseUrl}>
                  {e.baseUrl}
                </td>
                <td>{keyInWords(data.keys[e.name])}</td>
                <td>
                  <span className="row settings-actions">
                    <Test endpoint={e} />
                    <Button small onClick={() => setEditing({ at: i, endpoint: e })}>
                      Edit
                    </Button>
                    <Button small kind="quiet" onClick={() => remove(i)}>
                      Remove
                    </Button>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {data && (
        <div className="row wrap">
          <Button
            onClick={() => setEditing({ at: null, endpoint: blank("", "http://127.0.0.1:8000/v1", "") })}
          >
            <Plus size={14} aria-hidden />
            Add an endpoint
          </Button>
          {data.local
            .filter((l) => !settings?.endpoints.some((e) => e.baseUrl === l.baseUrl))
            .map((l) => (
              <Button
                key={l.baseUrl}
                onClick={() =>
                  setEditing({ at: null, endpoint: blank(l.name, l.baseUrl, l.models[0] ?? "") })
                }
              >
                Use {l.name}, which answers on this machine
              </Button>
            ))}
        </div>
      )}
      {settings && settings.endpoints.length > 0 && <Roles settings={settings} store={store} />}
      {editing && data && (
        <EndpointDialog
          endpoint={editing.endpoint}
          taken={(settings?.endpoints ?? []).filter((_, i) => i !== editing.at).map((e) => e.name)}
          canStore={data.canStore}
          models={data.local.find((l) => l.baseUrl === editing.endpoint.baseUrl)?.models ?? []}
          onClose={() => setEditing(null)}
          onStore={(endpoint) => {
            put(editing.at, endpoint);
            setEditing(null);
          }}
        />
      )}
    </Section>
  );
}

/** All that a person does not say has the contract's default. */
const blank = (name: string, baseUrl: string, model: string): Endpoint => ({
  ...Endpoint.parse({ name: "-", baseUrl, model: "-" }),
  name,
  model,
});

const keyInWords = (key: "none" | "environment" | "stored" | undefined): string =>
  key === "environment" ? "from the environment" : key === "stored" ? "stored here" : "none";

/** One small request, and what came of it, beside the button. */
function Test({ endpoint }: { endpoint: Endpoint }) {
  const [state, setState] = useState<{ ok: boolean; text: string } | "busy" | null>(null);
  const test = async () => {
    setState("busy");
    try {
      const { ok, message, fix, seconds } = await call("models.test", { endpoint });
      setState({
        ok,
        text: ok ? `${message} (${seconds.toFixed(1)} s)` : [message, fix].filter(Boolean).join(" "),
      });
    } catch (error) {
      setState({ ok: false, text: (error as Error).message });
    }
  };
  return (
    <>
      {state !== null && state !== "busy" && (
        <span className={`small settings-tested ${state.ok ? "good" : "bad"}`} role="status">
          {state.text}
        </span>
      )}
      <Button small onClick={test} disabled={state === "busy"}>
        {state === "busy" ? "Testing…" : "Test"}
      </Button>
    </>
  );
}

function Roles({ settings, store }: { settings: LlmSettings; store: (next: LlmSettings) => void }) {
  const several = settings.researchers.length > 1;
  const toggle = (endpoint: string) => {
    const has = settings.researchers.some((r) => r.endpoint === endpoint);
    store({
      ...settings,
      researchers: has
        ? settings.researchers.filter((r) => r.endpoint !== endpoint)
        : [...settings.researchers, { endpoint, weight: 1 }],
    });
  };
  return (
    <div className="settings-roles">
      <h3>Who plays which role</h3>
      {ROLES.map((role) => (
        <Line key={role} name={role} help={PLAYED[role]}>
          <RoleSelect aria-label={`Model of the ${role}`} models={settings} role={role} onChange={store} />
        </Line>
      ))}
      {settings.endpoints.length > 1 && (
        <Line
          name="Several researchers"
          help="One is chosen for each proposal. Press those that should take part."
        >
          <span className="row wrap">
            {settings.endpoints.map((e) => (
              <Button
                key={e.name}
                small
                kind="quiet"
                aria-pressed={settings.researchers.some((r) => r.endpoint === e.name)}
                onClick={() => toggle(e.name)}
              >
                {e.name}
              </Button>
            ))}
          </span>
        </Line>
      )}
      {several && (
        <Line name="How one is chosen">
          <Segmented
            label="How one is chosen"
            value={settings.choice}
            onChange={(choice) => store({ ...settings, choice })}
            options={[
              { value: "thompson", label: "By gain per cost (Thompson)" },
              { value: "weights", label: "By fixed weights" },
            ]}
          />
        </Line>
      )}
      {several && settings.choice === "weights" && (
        <div className="settings-weights">
          {settings.researchers.map((r, i) => (
            <Field key={r.endpoint} label={`Weight of ${r.endpoint}`}>
              {(props) => (
                <NumberInput
                  {...props}
                  value={r.weight}
                  onChange={(weight) => {
                    if (weight === null || !(weight > 0)) return;
                    store({
                      ...settings,
                      researchers: settings.researchers.map((x, j) => (i === j ? { ...x, weight } : x)),
                    });
                  }}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      <Line
        name="Answers of the judge"
        help="Their mean is the score, their spread is shown with it. 1 to 9."
      >
        <NumberInput
          aria-label="Answers of the judge"
          value={settings.judgeSamples}
          onChange={(n) => {
            if (n !== null && Number.isInteger(n) && n >= 1 && n <= 9)
              store({ ...settings, judgeSamples: n });
          }}
        />
      </Line>
      {settings.endpoints.length === 1 && (
        <Note>
          <p className="small secondary">
            With a second endpoint, several models can take turns as the researcher, chosen by what their
            proposals gained for what they cost.
          </p>
        </Note>
      )}
    </div>
  );
}
