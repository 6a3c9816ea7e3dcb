/** How it looks, and what it tells. */
import type { Settings } from "../../../shared/settings.ts";
import { Check, Segmented } from "../../ui/controls.tsx";
import { PALETTES, type Palette } from "../../ui/palettes.ts";
import { Line, Section } from "./section.tsx";
import { change } from "./settings.tsx";

const Scale = ({ name }: { name: Palette }) => (
  <>
    <span className="settings-scale" aria-hidden="true">
      {PALETTES[name].map((colour) => (
        <i key={colour} style={{ background: colour }} />
      ))}
    </span>
    {name}
  </>
);

export function Appearance({ settings }: { settings: Settings }) {
  return (
    <Section id="appearance" title="Appearance">
      <Line name="Theme">
        <Segmented
          label="Theme"
          value={settings.theme}
          onChange={(theme) => change({ theme })}
          options={[
            { value: "system", label: "System" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
        />
      </Line>
      <Line
        name="Scale of ordered values"
        help="Both are even to the eye, and safe for colour-blind readers."
      >
        <Segmented
          label="Scale of ordered values"
          value={settings.palette}
          onChange={(palette) => change({ palette })}
          options={[
            { value: "viridis", label: <Scale name="viridis" /> },
            { value: "cividis", label: <Scale name="cividis" /> },
          ]}
        />
      </Line>
      <Line name="Density">
        <Segmented
          label="Density"
          value={settings.density}
          onChange={(density) => change({ density })}
          options={[
            { value: "comfortable", label: "Comfortable" },
            { value: "compact", label: "Compact" },
          ]}
        />
      </Line>
      <Line name="Motion" help="System follows what the operating system asks for.">
        <Segmented
          label="Motion"
          value={settings.motion}
          onChange={(motion) => change({ motion })}
          options={[
            { value: "system", label: "System" },
            { value: "reduced", label: "Reduced" },
          ]}
        />
      </Line>
    </Section>
  );
}

const KINDS = [
  ["best", "A new best experiment"],
  ["finished", "A campaign has finished"],
  ["failed", "A campaign has failed"],
  ["budget", "A budget is reached"],
] as const;

export function Notifications({ settings }: { settings: Settings }) {
  return (
    <Section id="notifications" title="Notifications">
      <div className="stack">
        {KINDS.map(([kind, text]) => (
          <Check
            key={kind}
            checked={settings.notifications[kind]}
            onChange={(on) => change({ notifications: { ...settings.notifications, [kind]: on } })}
          >
            {text}
          </Check>
        ))}
      </div>
    </Section>
  );
}
