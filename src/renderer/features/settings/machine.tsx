/** With what candidates are trained, and what keeps them in. */
import { useState } from "react";
import type { Settings } from "../../../shared/settings.ts";
import { to } from "../../state/route.ts";
import { Button, NumberInput, Select, TextInput } from "../../ui/controls.tsx";
import { Note } from "../../ui/states.tsx";
import { Line, Section } from "./section.tsx";
import { change } from "./settings.tsx";

export function MachineSettings({ settings }: { settings: Settings }) {
  const [python, setPython] = useState<string | null>(null);
  const shown = python ?? settings.python ?? "";
  const [workers, setWorkers] = useState<number | null>(settings.workers);
  const store = () => {
    void change({ python: shown.trim() === "" ? null : shown.trim() });
    setPython(null);
  };
  const keepWorkers = () => {
    if (workers === null || (Number.isInteger(workers) && workers >= 1 && workers <= 256))
      void change({ workers });
    else setWorkers(settings.workers);
  };
  return (
    <Section
      id="machine"
      title="Python and device"
      about={
        <>
          A campaign that runs keeps what it was started with. <a href={to("home")}>Home</a> checks what is
          set here.
        </>
      }
    >
      <Line
        name="Interpreter"
        help="One that imports torch, numpy, safetensors and einops. Empty: Cambrian's own environment."
      >
        <span className="row grow">
          <TextInput
            aria-label="Interpreter"
            className="mono"
            placeholder="Cambrian's own"
            value={shown}
            onChange={(event) => setPython(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && store()}
          />
          <Button disabled={python === null || shown === (settings.python ?? "")} onClick={store}>
            Use
          </Button>
        </span>
      </Line>
      <Line name="Device">
        <Select
          aria-label="Device"
          value={settings.device}
          onChange={(device) => change({ device })}
          options={[
            { value: "auto", label: "GPU where there is one" },
            { value: "cpu", label: "CPU" },
          ]}
        />
      </Line>
      <Line name="Trainings at the same time on a CPU" help="Empty: one a core. It changes no result.">
        <NumberInput
          aria-label="Trainings at the same time on a CPU"
          placeholder="one a core"
          value={workers}
          onChange={setWorkers}
          onBlur={keepWorkers}
          onKeyDown={(event) => event.key === "Enter" && keepWorkers()}
        />
      </Line>
      <Line name="Sandbox" help="What keeps candidate code from the network, your files and the scores.">
        <Select
          aria-label="Sandbox"
          value={settings.sandbox}
          onChange={(sandbox) => change({ sandbox })}
          options={[
            { value: "auto", label: "The best there is" },
            { value: "bubblewrap", label: "bubblewrap" },
            { value: "landlock", label: "landlock" },
            { value: "none", label: "None" },
          ]}
        />
      </Line>
      {settings.sandbox === "none" && (
        <Note tone="bad">
          Without a sandbox, code that a model wrote runs with your rights: it can read your files and use
          your network. Choose this only for code that you would run yourself.
        </Note>
      )}
    </Section>
  );
}
