/**
 * Agents that take long, in fakes: their answers, too, are a function of what they were shown, so that the same horizons
 * give the same campaign. Words in the code say what each role is to make of it.
 */
import type { Experiment } from "../../../shared/domain.ts";
import { random } from "../../../shared/random.ts";
import type { Agents, ProposeContext } from "../../interfaces.ts";
import { type Delay, digest, fakeAgents } from "./fakes.ts";

/** As the roles throw it: the engine knows it by its name. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly detail = "the raw answer";
}

const says = (code: string, word: string) => code.split(" ").includes(word);
const without = (code: string, ...words: string[]) =>
  code
    .split(" ")
    .filter((w) => !words.includes(w))
    .join(" ");

const SUSPECT = ["odd", "laggard", "too-good"];

/** What the researcher adds to every other program. */
const WORDS = [
  "odd",
  "odd spoilt",
  "odd doubled",
  "laggard doubled",
  "laggard",
  "laggard spoilt",
  "too-good",
  "too-good spoilt",
  "too-good odd spoilt",
  "laggard too-good sound",
  "unread",
  "unheard laggard",
  "unheard bad-train",
];

export function pacedAgents(
  delay: Delay,
  onPropose: (context: ProposeContext, shown: string) => void = () => {},
): Agents {
  const plain = fakeAgents(delay);
  return {
    ...plain,
    paced: true,
    researcher: {
      name: "fake",
      propose: async (context, signal) => {
        onPropose(context, digest(context.visible));
        const proposal = await plain.researcher.propose(context, signal);
        const rng = random(context.campaign.seed, context.index, context.attempt, "paced");
        if (rng.int(12) === 0)
          throw new AnswerError("The researcher's answer held no program, after 2 repairs.");
        const word = rng.int(2) === 0 ? ` ${rng.pick(WORDS)}` : "";
        return { ...proposal, code: `${proposal.code}${word}`, by: `llm:${rng.pick(["a", "b"])}` };
      },
    },
    novelty: {
      check: async (proposal, known, signal) => {
        const verdict = await plain.novelty.check(proposal, known, signal);
        const odd = verdict.novel && random(proposal.code, "check").int(6) === 0 ? known.at(-1) : undefined;
        return odd ? { novel: false, repeats: odd.name, reason: `knows ${digest(known)}` } : verdict;
      },
      compare: async ({ index, attempt, visible }, _, fingerprint, signal) => {
        await delay(10, signal);
        const twin = visible.find((v) => v.fingerprint === fingerprint);
        if (twin) return { novel: false, repeats: twin.name, reason: `the same as ${digest(visible)}` };
        return random(index, attempt, "compare").int(10) === 0 && visible.length > 0
          ? { novel: false, repeats: visible[0]!.name, reason: `the same idea, of ${digest(visible)}` }
          : { novel: true };
      },
    },
    checker: {
      check: async ({ experiment: e }, signal) => {
        await delay(10, signal);
        if (says(e.code, "unread"))
          throw new AnswerError("The checker's answer began with neither PASS nor FAIL.");
        return {
          ok: !says(e.code, "odd"),
          findings: says(e.code, "odd") ? "It is odd.\nVery." : "",
          by: "llm:c",
        };
      },
    },
    engineer: {
      repair: async (context, signal) => {
        const { experiment: e, failure, attempt } = context;
        if (says(e.code, "unheard")) throw new AnswerError("The engineer's answer held no program.");
        if (failure.kind !== "anomaly") return plain.engineer.repair(context, signal);
        await delay(10, signal);
        if (says(e.code, "sound")) return null;
        const spoilt = says(e.code, "spoilt") ? " bad-train" : "";
        const doubled = says(e.code, "doubled") ? " twin" : "";
        const code = `${without(e.code, ...SUSPECT, "spoilt", "doubled")} answered-${attempt}${spoilt}${doubled}`;
        return { code, genome: null, what: `answered ${failure.message}`, by: "llm:e" };
      },
    },
  };
}

/** Newest version of each experiment, by what was stored of its repairs. */
export const repairsMade = (e: Experiment): number =>
  ((e.provenance.repairs as string[] | undefined) ?? []).length;
