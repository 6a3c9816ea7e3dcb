/** What the list can be narrowed down by, with how many experiments each choice would leave. */
import { type ReactNode, useEffect, useId, useState } from "react";
import type { GalleryFilter } from "../../../shared/settings.ts";
import type { Facets as Counts } from "../../../shared/views.ts";
import { Button, Check, NumberInput } from "../../ui/controls.tsx";
import { Loading } from "../../ui/states.tsx";
import { countChoices, EVERYTHING } from "./address.ts";

interface Props {
  filter: GalleryFilter;
  counts: Counts | null;
  onChange: (change: Partial<GalleryFilter>) => void;
}

/** Facets of which any number can be chosen. */
const LISTS = [
  ["standings", "Standing"],
  ["rungs", "Deepest rung"],
  ["components", "Components"],
  ["tags", "Tags"],
  ["researchers", "Researcher"],
  ["campaigns", "Campaign"],
] as const;
/** Choices shown before "Show all". */
const SHORT = 7;

export function Facets({ filter, counts, onChange }: Props) {
  const chosen = countChoices(filter);
  return (
    <aside className="gallery-facets" aria-label="Filters">
      <div className="gallery-facets-head">
        <h2>Filters</h2>
        {chosen > 0 && (
          <Button small kind="quiet" onClick={() => onChange({ ...EVERYTHING, text: filter.text })}>
            Clear all
          </Button>
        )}
      </div>
      {!counts ? (
        <Loading lines={10} label="Counting" />
      ) : (
        <>
          <Choice
            label="Starred"
            count={counts.starred}
            checked={filter.starred}
            onChange={(starred) => onChange({ starred })}
          />
          {LISTS.slice(0, 1).map(list)}
          <Group title="Gain against noise" onClear={filter.gain && (() => onChange({ gain: null }))}>
            {counts.noise.map((c) => (
              <Choice
                key={c.value}
                label={c.label}
                count={c.count}
                checked={filter.gain === c.value}
                onChange={(on) => onChange({ gain: on ? (c.value as GalleryFilter["gain"]) : null })}
              />
            ))}
          </Group>
          <Params value={filter.params} onChange={(params) => onChange({ params })} />
          {LISTS.slice(1).map(list)}
        </>
      )}
    </aside>
  );

  function list([name, title]: (typeof LISTS)[number]) {
    const picked = filter[name] as readonly string[];
    return (
      <List
        key={name}
        title={title}
        choices={counts![name]}
        picked={picked}
        onChange={(next) => onChange({ [name]: next })}
      />
    );
  }
}

function List({
  title,
  choices,
  picked,
  onChange,
}: {
  title: string;
  choices: Counts["tags"];
  picked: readonly string[];
  onChange: (picked: string[]) => void;
}) {
  const [all, setAll] = useState(false);
  // What is chosen can be taken back, even where the archive does not have it.
  const unknown = picked
    .filter((value) => !choices.some((c) => c.value === value))
    .map((value) => ({ value, label: value, count: 0 }));
  const known = [...choices, ...unknown];
  if (known.length === 0) return null;
  const shown = all ? known : known.filter((c, i) => i < SHORT || picked.includes(c.value));
  return (
    <Group title={title} onClear={picked.length > 0 && (() => onChange([]))}>
      {shown.map((c) => (
        <Choice
          key={c.value}
          label={c.label}
          count={c.count}
          checked={picked.includes(c.value)}
          onChange={(on) => onChange(on ? [...picked, c.value] : picked.filter((v) => v !== c.value))}
        />
      ))}
      {known.length > SHORT && (
        <button type="button" className="gallery-more small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${known.length}`}
        </button>
      )}
    </Group>
  );
}

function Group({
  title,
  onClear,
  children,
}: {
  title: string;
  onClear: (() => void) | false | null | "";
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="gallery-facet-head">
        <h3 id={id}>{title}</h3>
        {onClear && (
          <button
            type="button"
            className="gallery-more small"
            aria-label={`Clear ${title}`}
            onClick={onClear}
          >
            Clear
          </button>
        )}
      </div>
      {children}
    </section>
  );
}

function Choice({
  label,
  count,
  checked,
  onChange,
}: {
  label: string;
  count: number;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <div className="gallery-choice" data-none={count === 0 && !checked ? true : undefined}>
      <Check checked={checked} onChange={onChange}>
        <span className="clip" title={label}>
          {label}
        </span>
        <span className="muted small num">{count.toLocaleString("en")}</span>
      </Check>
    </div>
  );
}

/** Waits until nobody types: every change asks the archive. */
const TYPING_MS = 300;

function Params({
  value,
  onChange,
}: {
  value: GalleryFilter["params"];
  onChange: (v: GalleryFilter["params"]) => void;
}) {
  const [typed, setTyped] = useState(value);
  const key = JSON.stringify(value);
  // By value; cleared or chosen elsewhere
  useEffect(() => setTyped(value), [key]);
  useEffect(() => {
    if (JSON.stringify(typed) === key || typed.some((n) => Number.isNaN(n))) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const [low, high] = typed;
  return (
    <Group
      title="Parameters"
      onClear={(value[0] !== null || value[1] !== null) && (() => onChange([null, null]))}
    >
      <div className="gallery-range">
        <NumberInput
          aria-label="Fewest parameters"
          placeholder="from"
          value={low}
          aria-invalid={Number.isNaN(low) || undefined}
          onChange={(n) => setTyped([n, high])}
        />
        <span className="muted" aria-hidden="true">
          –
        </span>
        <NumberInput
          aria-label="Most parameters"
          placeholder="to"
          value={high}
          aria-invalid={Number.isNaN(high) || undefined}
          onChange={(n) => setTyped([low, n])}
        />
      </div>
    </Group>
  );
}
