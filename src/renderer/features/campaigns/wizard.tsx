/** A new campaign in five steps. Everything has a value from the start: choose a preset, and start. */
import { Download, Upload } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { exported, imported } from "../../../shared/campaign-file.ts";
import type { CampaignForm, PresetChoice } from "../../../shared/campaigns.ts";
import { call, useCall, useTopic } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { go, to } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { download } from "../../ui/download.ts";
import { Page } from "../../ui/page.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { EstimatePanel } from "./estimate-panel.tsx";
import { STEPS, type Step, wrongs } from "./form.ts";
import { AgentsStep } from "./step-agents.tsx";
import { BudgetStep } from "./step-budget.tsx";
import { GoalStep } from "./step-goal.tsx";
import { ProtocolStep } from "./step-protocol.tsx";
import { SearchStep } from "./step-search.tsx";

export function Wizard() {
  const { data: presets, error, reload } = useCall("presets.list", {});
  return (
    <Page title="New campaign" scroll={false}>
      {error ? (
        <div className="page-scroll">
          <ErrorNote error={error} retry={reload} />
        </div>
      ) : presets ? (
        <Steps presets={presets} />
      ) : (
        <div className="page-scroll">
          <Loading />
        </div>
      )}
    </Page>
  );
}

/** What was filled in and not started: whoever looks something up elsewhere finds it again. */
let draft: CampaignForm | null = null;

function Steps({ presets }: { presets: readonly PresetChoice[] }) {
  const [form, setForm] = useState<CampaignForm>(
    () => draft ?? (presets.find((p) => p.name === "cpu") ?? presets[0]!).form,
  );
  useEffect(() => {
    draft = form;
  }, [form]);
  const [step, setStep] = useState<Step>("Goal");
  const [starting, setStarting] = useState(false);
  /** Errors of a step are shown once it was left, or a start was tried. */
  const [left, setLeft] = useState<ReadonlySet<Step>>(new Set());
  const heading = useRef<HTMLHeadingElement>(null);
  const { data: live } = useTopic("live");
  const busy = live?.campaign.state === "running" ? live.campaign.name : null;
  const found = useMemo(() => wrongs(form), [form]);
  const shown = found.filter((w) => left.has(w.step) || w.step === step);
  const unavailable = presets.find((p) => p.name === form.preset)?.unavailable ?? null;

  const at = STEPS.indexOf(step);
  const enter = (next: Step) => {
    setLeft(new Set([...left, step]));
    setStep(next);
  };
  useEffect(() => heading.current?.focus({ preventScroll: true }), [step]);

  const start = async () => {
    setLeft(new Set(STEPS));
    if (found.length > 0) return setStep(found[0]!.step);
    setStarting(true);
    try {
      const { archive } = await call("campaigns.start", form);
      draft = null;
      useApp.getState().setArchive(archive);
      go(to("live"));
    } catch (failure) {
      sayError(failure);
      setStarting(false);
    }
  };

  const props = { form, setForm, wrongs: shown };
  const blocked =
    unavailable ?? (busy ? `“${busy}” is running. One campaign runs at a time; pause it first.` : null);
  return (
    <>
      <div className="wizard">
        <nav className="wizard-steps" aria-label="Steps">
          <ol>
            {STEPS.map((name, i) => {
              const bad = left.has(name) && found.some((w) => w.step === name);
              return (
                <li key={name}>
                  <button
                    type="button"
                    aria-current={name === step ? "step" : undefined}
                    onClick={() => enter(name)}
                  >
                    <span className="wizard-number">{i + 1}</span>
                    {name}
                    {bad && (
                      <span className="field-error" role="img" aria-label="something to mend">
                        ●
                      </span>
                    )}
                  </button>
                </li>
              );
            })}
          </ol>
          <Files form={form} setForm={setForm} />
        </nav>
        <section className="wizard-step" aria-label={step}>
          <h2 ref={heading} tabIndex={-1}>
            {step}
          </h2>
          {step === "Goal" && <GoalStep {...props} presets={presets} />}
          {step === "Baseline and data" && <ProtocolStep {...props} />}
          {step === "Search" && <SearchStep {...props} />}
          {step === "Agents" && <AgentsStep {...props} />}
          {step === "Budget" && <BudgetStep {...props} />}
        </section>
        <EstimatePanel form={form} valid={found.length === 0} busy={busy !== null} />
      </div>
      <footer className="wizard-foot">
        {blocked ? (
          <p className="secondary grow">{blocked}</p>
        ) : left.size === STEPS.length && found.length > 0 ? (
          <p className="field-error grow" role="alert">
            {found[0]!.message}
          </p>
        ) : (
          <span className="grow" />
        )}
        <Button disabled={at === 0} onClick={() => enter(STEPS[at - 1]!)}>
          Back
        </Button>
        <Button disabled={at === STEPS.length - 1} onClick={() => enter(STEPS[at + 1]!)}>
          Next
        </Button>
        <Button kind="primary" disabled={blocked !== null || starting} onClick={start}>
          {starting ? "Starting…" : "Start"}
        </Button>
      </footer>
    </>
  );
}

/** The settings as a file, out and in. */
function Files({ form, setForm }: { form: CampaignForm; setForm: (form: CampaignForm) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    const read = imported(await file.text());
    const say = useApp.getState().say;
    if ("problem" in read) return say({ tone: "bad", text: read.problem });
    const before = form;
    setForm(read.form);
    say({
      tone: "plain",
      text: `The settings of ${file.name} are in.`,
      action: { label: "Undo", run: () => setForm(before) },
    });
  };
  return (
    <div className="wizard-files">
      <Button
        small
        kind="quiet"
        onClick={() =>
          download(`${form.name.replace(/[^\w-]+/g, "-")}.json`, "application/json", exported(form))
        }
      >
        <Download size={14} aria-hidden />
        Export settings
      </Button>
      <Button small kind="quiet" onClick={() => input.current?.click()}>
        <Upload size={14} aria-hidden />
        Import settings
      </Button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="Settings file"
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
    </div>
  );
}
