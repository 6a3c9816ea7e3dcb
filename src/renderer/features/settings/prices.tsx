/** What a model's tokens cost, by a pattern of its name: what budgets in money rest on. */
import { Plus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button, IconButton, NumberInput, TextInput } from "../../ui/controls.tsx";
import { Fold } from "../../ui/fold.tsx";
import { plural } from "../../ui/format.ts";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Section } from "./section.tsx";

interface Price {
  pattern: string;
  input: number;
  output: number;
}

export function Prices() {
  const { data, error, reload } = useCall("models.get", {});
  const [prices, setPrices] = useState<Price[] | null>(null);
  useEffect(() => {
    if (data) setPrices(data.prices);
  }, [data]);
  const dirty = prices !== null && data !== null && JSON.stringify(prices) !== JSON.stringify(data.prices);
  const wrong = prices?.find((p) => p.pattern.trim() === "" || !(p.input >= 0) || !(p.output >= 0));
  const set = (i: number, part: Partial<Price>) =>
    setPrices((before) => before!.map((p, j) => (i === j ? { ...p, ...part } : p)));
  const remove = (i: number) => {
    const before = prices!;
    setPrices(before.filter((_, j) => j !== i));
    useApp.getState().say({
      tone: "plain",
      text: `The price of ${before[i]!.pattern || "a model"} was taken out.`,
      action: { label: "Undo", run: () => setPrices(before) },
    });
  };
  const store = () => call("prices.set", { prices: prices! }).then(reload).catch(sayError);
  return (
    <Section
      id="prices"
      title="Prices"
      about="Money for a million tokens, in the currency that you think in. The first pattern that fits a model's name counts. Values to start from: check them with your provider. A local server costs nothing unless it is named here."
    >
      {error && <ErrorNote error={error} retry={reload} />}
      {!prices && !error && <Loading lines={3} />}
      {prices && (
        <Fold summary={plural(prices.length, "price")} open={dirty}>
          <table className="settings-prices">
            <thead>
              <tr>
                <th>Model (pattern)</th>
                <th>Input</th>
                <th>Output</th>
                <th>
                  <span className="hidden-text">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {prices.map((p, i) => (
                <tr key={i}>
                  <td>
                    <TextInput
                      aria-label={`Pattern ${i + 1}`}
                      className="mono"
                      value={p.pattern}
                      onChange={(e) => set(i, { pattern: e.target.value })}
                    />
                  </td>
                  <td>
                    <NumberInput
                      aria-label={`Input price of ${p.pattern}`}
                      value={p.input}
                      onChange={(v) => set(i, { input: v ?? Number.NaN })}
                    />
                  </td>
                  <td>
                    <NumberInput
                      aria-label={`Output price of ${p.pattern}`}
                      value={p.output}
                      onChange={(v) => set(i, { output: v ?? Number.NaN })}
                    />
                  </td>
                  <td>
                    <IconButton label={`Remove ${p.pattern}`} onClick={() => remove(i)}>
                      <X size={14} />
                    </IconButton>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Fold>
      )}
      <div className="row">
        <Button onClick={() => setPrices([...(prices ?? []), { pattern: "", input: 0, output: 0 }])}>
          <Plus size={14} aria-hidden />
          Add a price
        </Button>
        <Button kind="primary" disabled={!dirty || wrong !== undefined} onClick={store}>
          Store prices
        </Button>
        {wrong && <span className="field-error">Each price needs a pattern and two numbers from 0 on.</span>}
      </div>
    </Section>
  );
}
