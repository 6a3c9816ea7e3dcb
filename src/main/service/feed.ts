/** What agents and gates did, in plain words: one sentence for an event of the archive, or none. */
import type { Campaign, CampaignEvent, Experiment, RungScore } from "../../shared/domain.ts";
import { verdict } from "../../shared/interval.ts";
import type { FeedItem } from "../../shared/live.ts";
import { firstSentence } from "../../shared/text.ts";

type Told = Pick<FeedItem, "who" | "text"> & Partial<Pick<FeedItem, "tone">>;
type Data = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const seconds = (value: unknown): string => {
  const s = number(value) ?? 0;
  return s >= 120 ? `${(s / 60).toFixed(1)} min` : `${s.toFixed(1)} s`;
};
const big = (n: number): string =>
  n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : n >= 1e3 ? `${(n / 1e3).toFixed(1)} k` : String(n);

/** Texts of models run on: one line, of a length that can be read in passing. */
function brief(value: string, most = 240): string {
  const line = value.replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
const lowered = (value: string): string =>
  /^[A-Z][a-z]+\b/.test(value) ? value.charAt(0).toLowerCase() + value.slice(1) : value;

function gainOf(e: Experiment | null, depth: number): Pick<Told, "text" | "tone"> | null {
  const score = e?.scores[depth];
  if (!score) return null;
  const found = verdict(score.gain, score.gainSe, score.freedom.loss);
  const tone = found === "better" ? "good" : found === "worse" ? "bad" : "plain";
  return { text: gainInWords(score), tone };
}

/** "gain +0.017 ± 0.044 (within noise)" */
export function gainInWords({ gain, gainSe, freedom }: RungScore): string {
  const found = verdict(gain, gainSe, freedom.loss);
  const words = found === "better" || found === "worse" ? "" : ` (${found})`;
  return `gain ${signed(gain)} ± ${gainSe.toFixed(3)}${words}`;
}

/** What stopped an experiment: the gate that failed, where it was one. */
function stoppedBy(step: string, data: Data, e: Experiment | null): string {
  const failed = step === "gate" ? e?.gates.find((g) => !g.ok && !g.warning)?.name : undefined;
  const where = failed ? `gate ${failed}` : step === "novelty" ? "novelty check" : step;
  return `${where}: ${brief(text(data.message))}`;
}

const whoAt: Record<string, string> = {
  propose: "Researcher",
  novelty: "Gate",
  gate: "Gate",
  check: "Engineer",
  repair: "Engineer",
  train: "Trainer",
  score: "Trainer",
  judge: "Judge",
  analyse: "Analyst",
};

function told(type: string, data: Data, e: Experiment | null, campaign: Campaign): Told | null {
  const step = text(data.step);
  const who = whoAt[step] ?? "Campaign";
  const rungAt = number(data.rung);
  const rung = rungAt === null ? "" : (campaign.protocol.rungs[rungAt]?.name ?? `rung ${rungAt}`);
  switch (type) {
    case "started":
      return { who: "Campaign", text: "begins." };
    case "resumed":
      return { who: "Campaign", text: "goes on." };
    case "paused":
    case "finished":
      return { who: "Campaign", text: `${type}: ${brief(text(data.reason))}` };
    case "baseline":
      return {
        who: "Trainer",
        text: `measured the baseline at ${data.width}× its size, rung ${text(data.rung)}, seed ${data.seed}.`,
      };
    case "proposed": {
      const why =
        e && e.motivation !== "" ? `, because: ${brief(firstSentence(brief(e.motivation, 400)))}` : ".";
      return { who: "Researcher", text: `proposes ${text(data.name) || e?.name}${why}` };
    }
    case "repeat":
      return {
        who: "Gate",
        text: `sent back, a repeat of ${text(data.repeats)}: ${brief(text(data.reason))}`,
      };
    case "gated": {
      const params = number(data.params);
      const size =
        params === null
          ? ""
          : `: ${big(params)} parameters, ${big(number(data.flopsPerToken) ?? 0)} FLOPs a token`;
      return { who: "Gate", text: `passed all gates${size}.` };
    }
    case "checked":
      if (text(data.findings))
        return { who: "Engineer", text: `found in the code: ${brief(text(data.findings))}` };
      return data.ok === true ? { who: "Engineer", text: "read the code and found nothing." } : null;
    case "broke":
      return { who, tone: "bad", text: `stopped by ${stoppedBy(step, data, e)} The engineer takes it.` };
    case "repaired":
      return { who: "Engineer", text: `repaired: ${lowered(brief(text(data.what)))}` };
    case "kept":
      return { who: "Engineer", text: `leaves it as it is: ${lowered(brief(text(data.outcome)))}` };
    case "restored":
      return { who: "Engineer", text: `version ${data.failed} failed, so version ${data.version} stands.` };
    case "rejected":
      return { who, tone: "bad", text: `rejected by ${stoppedBy(step, data, e)}` };
    case "failed":
      if (!e) return { who: "Campaign", tone: "bad", text: `failed: ${brief(text(data.reason))}` };
      return { who, tone: "bad", text: `failed at ${stoppedBy(step, data, e)}` };
    case "trained":
      return data.again ? null : { who: "Trainer", text: `trained in ${seconds(data.seconds)}.` };
    case "scored": {
      const gain = number(data.gain);
      return {
        who: "Trainer",
        text: `scored on ${text(data.rung)}: loss ${number(data.loss)?.toFixed(3)}${gain === null ? "" : `, gain ${signed(gain)}`}.`,
      };
    }
    case "judged": {
      const score = number(data.score);
      return {
        who: "Judge",
        text: score === null ? "gave no judgement." : `gives ${score.toFixed(1)} of 10.`,
      };
    }
    case "archived": {
      const gain = gainOf(e, 0);
      return { who: "Analyst", tone: gain?.tone, text: gain ? `archived: ${gain.text}` : "archived." };
    }
    case "promote":
      return { who: "Campaign", text: `goes on to ${rung}.` };
    case "promotion-trained":
      return { who: "Trainer", text: `trained on ${rung} in ${seconds(data.seconds)}.` };
    case "promoted": {
      const gain = gainOf(e, rungAt ?? 0);
      return { who: "Analyst", tone: gain?.tone, text: `${rung} is done${gain ? `: ${gain.text}` : "."}` };
    }
    case "promotion-failed":
      return { who: "Trainer", tone: "bad", text: `${rung} failed: ${brief(text(data.message))}` };
    case "endpoint-open":
      return {
        who: "Campaign",
        tone: "bad",
        text: `${text(data.endpoint)} does not answer: ${brief(text(data.reason))}`,
      };
    case "endpoint-closed":
      return { who: "Campaign", text: `${text(data.endpoint)} answers again.` };
    default:
      return null; // steps that say nothing to a person, and what a newer version may store
  }
}

/** @param experiment the record as it is now, where the event is about one */
export function feedItem(
  event: Pick<CampaignEvent, "type" | "at" | "data">,
  experiment: Experiment | null,
  campaign: Campaign,
): FeedItem | null {
  const found = told(event.type, event.data, experiment, campaign);
  if (!found) return null;
  return {
    at: event.at,
    experimentId: experiment?.id ?? null,
    index: experiment?.index ?? null,
    name: experiment?.name ?? campaign.name,
    who: found.who,
    tone: found.tone ?? "plain",
    text: found.text,
  };
}
