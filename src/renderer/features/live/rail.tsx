/** What the campaign uses: the device, its budgets; and what may be believed of it. */
import type { DeviceSample, LiveState } from "../../../shared/live.ts";
import { useTopic } from "../../api/index.ts";
import { to, toExperiment } from "../../state/route.ts";
import { budgets } from "../../ui/budget.ts";
import { bytes, number, percent, plural, time } from "../../ui/format.ts";
import { sparkline } from "./spark.ts";

/** Samples in a sparkline: two minutes. */
const SAMPLES = 60;
const SPARK = { width: 96, height: 18 };

export function Rail({ live }: { live: LiveState }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <div className="live-rail live-scroll" tabIndex={0}>
      <Device busy={live.deviceBusy} />
      <Budgets live={live} />
      <Trust live={live} />
    </div>
  );
}

interface Gauge {
  name: string;
  text: string;
  values: (number | null)[];
  most: number;
}

/** GPUs where there are any, else processor and memory. */
function gauges(samples: readonly DeviceSample[]): Gauge[] {
  const last = samples.at(-1);
  if (!last) return [];
  const found = last.gpus.flatMap((gpu, i): Gauge[] => {
    const of = (read: (g: DeviceSample["gpus"][number]) => number | null) =>
      samples.map((s) => (s.gpus[i] ? read(s.gpus[i]) : null));
    const which = last.gpus.length > 1 ? `GPU ${i} ` : "GPU ";
    const { utilisation, memory, watts, celsius } = gpu;
    const watt = of((g) => g.watts);
    return [
      { name: `${which}busy`, text: percent(utilisation), values: of((g) => g.utilisation), most: 1 },
      {
        name: `${which}memory`,
        text: memory ? `${bytes(memory.used)} of ${bytes(memory.total)}` : number(null),
        values: of((g) => g.memory && g.memory.used / g.memory.total),
        most: 1,
      },
      ...(watts === null
        ? []
        : [
            {
              name: `${which}power`,
              text: `${Math.round(watts)} W`,
              values: watt,
              most: Math.max(...watt.map((w) => w ?? 0)),
            },
          ]),
      ...(celsius === null
        ? []
        : [
            {
              name: `${which}temperature`,
              text: `${Math.round(celsius)} °C`,
              values: of((g) => g.celsius),
              most: 100,
            },
          ]),
    ];
  });
  if (found.length > 0) return found;
  const { used, total } = last.memory;
  return [
    { name: "Processor", text: percent(last.cpu), values: samples.map((s) => s.cpu), most: 1 },
    {
      name: "Memory",
      text: `${bytes(used)} of ${bytes(total)}`,
      values: samples.map((s) => s.memory.used / s.memory.total),
      most: 1,
    },
  ];
}

function Device({ busy }: { busy: number }) {
  const { data } = useTopic("device");
  const shown = gauges((data ?? []).slice(-SAMPLES));
  return (
    <section aria-label="Device">
      <h2>Device</h2>
      <dl className="live-gauges">
        <div className="live-gauge">
          <dt>Used for training</dt>
          <dd className="num">{percent(busy)}</dd>
          <dd className="small muted">since the start</dd>
        </div>
        {shown.map((g) => (
          <div key={g.name} className="live-gauge">
            <dt>{g.name}</dt>
            <dd className="num">{g.text}</dd>
            <dd>
              <svg {...SPARK} aria-hidden="true">
                <path
                  d={sparkline(g.values, g.most, SPARK.width, SPARK.height)}
                  fill="none"
                  stroke="var(--series-1)"
                />
              </svg>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Budgets({ live }: { live: LiveState }) {
  return (
    <section aria-label="Budget">
      <h2>Budget</h2>
      <dl className="live-gauges">
        {budgets(live).map(({ name, used, limit, share, estimate }) => (
          <div key={name} className="live-gauge">
            <dt>{name}</dt>
            <dd className="num">
              {used}
              <span className="muted">{limit ? ` of ${limit}` : ", no limit"}</span>
            </dd>
            <dd>
              {share !== null && (
                <div
                  className="progress"
                  role="progressbar"
                  aria-label={`${name} used`}
                  aria-valuenow={Math.round(100 * share)}
                  aria-valuemin={0}
                  aria-valuemax={100}
                >
                  <div style={{ width: `${100 * share}%` }} />
                </div>
              )}
            </dd>
            {estimate && <dd className="small muted num live-estimate">estimated {estimate}</dd>}
          </div>
        ))}
      </dl>
      {live.campaign.used.refused && <p className="small bad">{live.campaign.used.refused}</p>}
    </section>
  );
}

const NAMED = 6;

function Trust({ live }: { live: LiveState }) {
  const { discoveries, leaderboard, archive, endpoints, proxy, campaign } = live;
  const [first, second] = campaign.protocol.rungs;
  const names = new Map(leaderboard.map((card) => [card.id, card.name]));
  return (
    <>
      <section aria-label="Discoveries">
        <h2>
          Discoveries <span className="muted num">{discoveries.length}</span>
        </h2>
        {discoveries.length === 0 ? (
          <p className="muted">None yet: nothing has beaten the baseline beyond noise in a rerun.</p>
        ) : (
          <p className="live-names">
            {discoveries.slice(0, NAMED).map((id) => (
              <a key={id} href={toExperiment(archive, id)}>
                {names.get(id) ?? `experiment ${id.slice(0, 8)}`}
              </a>
            ))}
            {discoveries.length > NAMED && (
              <a href={to("gallery", archive)}>and {discoveries.length - NAMED} more</a>
            )}
          </p>
        )}
      </section>
      {second && first && (
        <section aria-label="Proxy validity">
          <h2>
            How well {first.name} predicts {second.name}
          </h2>
          <p className="num">
            {proxy.rho === null ? (
              <span className="muted">Not known yet: {plural(proxy.n, "experiment")} trained on both.</span>
            ) : (
              <>
                ρ {number(proxy.rho, 2)}{" "}
                <span className="muted">
                  {proxy.low !== null && proxy.high !== null
                    ? `(95 % interval ${number(proxy.low, 2)} to ${number(proxy.high, 2)}, `
                    : "("}
                  n {proxy.n}); size alone {number(proxy.rhoParams, 2)}
                </span>
              </>
            )}
          </p>
        </section>
      )}
      {endpoints.length > 0 && (
        <section aria-label="Language models">
          <h2>Language models</h2>
          <ul>
            {endpoints.map((e) => (
              <li key={`${e.name} ${e.model}`} className="live-endpoint">
                <span className="clip" title={`${e.name}, ${e.model}`}>
                  {e.model}
                </span>
                <span className={e.breaker === "open" ? "bad" : "secondary"}>
                  {e.breaker === "open"
                    ? `does not answer${e.until ? `, tried again ${time(e.until)}` : ""}`
                    : e.breaker === "half-open"
                      ? "is being tried"
                      : "answers"}
                </span>
                {e.breaker !== "closed" && e.reason && <span className="small muted">{e.reason}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
