/** A running campaign on the screen: a table redrawn in place on a terminal, else one line for each thing that happened. */
import type { CampaignHandle, CampaignSnapshot } from "../../program.ts";
import type { Context } from "./context.ts";
import { count, cut, duration, fit, fixed, harmless, type Paint, plain, signed, table } from "./format.ts";

type Experiment = CampaignSnapshot["experiments"][number];

const ENDED = new Set(["archived", "rejected", "failed"]);

/** What an experiment is doing: its step, with the training's progress; or how it ended. */
export function doing(e: Experiment, s: CampaignSnapshot): string {
  const run = s.training[e.id];
  if (!run || (ENDED.has(e.status) && e.status !== "archived")) return e.status;
  const step = e.status === "archived" ? "train further" : e.status;
  return `${step} ${run.run} ${run.step}/${run.until}`;
}

/** A model that cannot be had at the moment, and what is done meanwhile. */
const trouble = ({ name, model, reason, until }: CampaignSnapshot["endpoints"][number]): string =>
  `Endpoint ${name} (${model}) fails: ${(reason ?? "no reason").replace(/\.$/, "")}. The built-in agents take its place${until ? `; next try at ${clock(until)}` : ""}.`;

const clock = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");

/** A campaign's experiments as lines: the newest at the bottom, at most `rows` of them. */
export function liveTable(s: CampaignSnapshot, rows: number, width: number, paint: Paint = plain): string[] {
  const { rejected, failed, trained, wallSeconds, deviceBusyFraction } = s.totals;
  const budget = s.campaign.budget.experiments;
  const head = [
    `${s.experiments.length}${budget === null ? "" : ` of ${budget}`} experiments`,
    `${trained} trained`,
    `${rejected} rejected`,
    `${failed} failed`,
    duration(wallSeconds),
    `device busy ${Math.round(100 * deviceBusyFraction)} %`,
  ].join(" · ");
  const shown = s.experiments.slice(-Math.max(1, rows));
  const lines = [paint("bold", cut(head, width))];
  if (s.activity) lines.push(cut(s.activity, width));
  for (const e of s.endpoints)
    if (e.breaker !== "closed") lines.push(paint("yellow", cut(trouble(e), width)));
  if (shown.length === 0) return lines;
  const cells = table(
    shown,
    [
      { head: "#", cell: (e) => String(e.index), align: "right" },
      { head: "experiment", cell: (e) => e.name || "…", min: 16 },
      { head: "step", cell: (e) => paint(colour(e.status), doing(e, s)) },
      { head: "parameters", cell: (e) => count(e.params), align: "right" },
      { head: "loss", cell: (e) => fixed(e.scores.at(-1)?.loss.mean, 3), align: "right" },
      { head: "gain", cell: (e) => signed(e.scores.at(-1)?.gain, 3), align: "right" },
      { head: "fitness", cell: (e) => fixed(e.scores.at(-1)?.fitness, 3), align: "right" },
      { head: "reason", cell: (e) => e.failure?.message ?? "", min: 6 },
    ],
    width,
    paint,
  );
  // A line that wrapped would be two, and the next drawing would begin in the wrong place.
  return [...lines, ...cells].map((line) => fit(line, width));
}

const colour = (status: string) =>
  status === "archived" ? "green" : status === "rejected" ? "yellow" : status === "failed" ? "red" : "cyan";

/** States worth a line in a log; the others pass in a moment. */
const LOGGED = new Set(["gate", "train", ...ENDED]);

/** What a log should say about the way from one snapshot to the next; `said` remembers what it has said. */
export function changes(said: Set<string>, s: CampaignSnapshot): string[] {
  const lines: string[] = [];
  const say = (key: string, line: string) => {
    if (said.has(key)) return;
    said.add(key);
    lines.push(line);
  };
  if (s.activity) say(s.activity, s.activity);
  for (const e of s.endpoints) {
    // Said once each time that it falls silent, and once when it is back.
    const down = `down ${e.name}`;
    if (e.breaker !== "closed") say(down, trouble(e));
    else if (said.delete(down)) lines.push(`Endpoint ${e.name} answers again.`);
  }
  for (const e of s.experiments) {
    if (!LOGGED.has(e.status)) continue;
    const score = e.scores.at(-1);
    const what =
      ENDED.has(e.status) && score
        ? `${e.status}: ${score.rung} loss ${fixed(score.loss.mean, 3)}, gain ${signed(score.gain, 3)} ± ${fixed(score.gainSe, 3)}, fitness ${fixed(score.fitness, 3)}`
        : `${e.status}${ENDED.has(e.status) && e.failure ? `: ${e.failure.message}` : ""}`;
    say(`${e.id}/${e.status}/${e.scores.length}/${e.repairs}`, `#${e.index} ${e.name}: ${what}`);
  }
  return lines;
}

/** Shows the campaign until it ends. Ctrl-C pauses it. */
export async function watch(
  context: Context,
  handle: CampaignHandle,
  resume: string,
): Promise<CampaignSnapshot> {
  const { err } = context.streams;
  const drawing = context.terminal;
  const said = new Set<string>();
  let drawn = 0;
  let pausing = false;

  const draw = () => {
    const width = (err.columns ?? 120) - 1;
    const rows = Math.max(4, (err.rows ?? 24) - 6);
    const lines = liveTable(handle.snapshot(), rows, width, context.paintErr);
    if (pausing) lines.push("Pausing: trainings write a checkpoint …");
    const up = drawn > 0 ? `\x1b[${drawn}A` : "";
    err.write(`${up}\r\x1b[0J${harmless(lines.join("\n"))}\n`);
    drawn = lines.length;
  };
  const log = () => {
    const lines = changes(said, handle.snapshot());
    if (lines.length > 0) context.note(...lines);
  };
  const show = drawing ? draw : log;
  // Changes come in bursts: a screen is drawn at most four times a second, a log misses no state of an experiment.
  const stop = handle.onChange(() => {
    if (!drawing) log();
  });
  const timer = drawing ? setInterval(draw, 250) : null;
  try {
    show();
    return await context.interruptible(() => {
      if (pausing) return;
      pausing = true;
      context.note(
        "",
        "Pausing: trainings write a checkpoint, and nothing is lost. Ctrl-C again quits at once.",
        `To go on: ${resume}`,
      );
      drawn = 0;
      handle.pauseNow();
    }, handle.done);
  } finally {
    stop();
    if (timer) clearInterval(timer);
    show();
  }
}
