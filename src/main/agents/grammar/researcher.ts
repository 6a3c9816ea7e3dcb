/**
 * The grammar researcher: known designs first, then evolution on islands with MAP-Elites; and independent draws from the
 * same grammar, its control. A proposal is a pure function of (campaign seed, index, attempt, context).
 */
import type { Proposal } from "../../../shared/domain.ts";
import { type Random, random } from "../../../shared/random.ts";
import type { ProposeContext, Researcher } from "../../interfaces.ts";
import { emit, formula } from "./emit.ts";
import { type Elite, elites, islandOf } from "./islands.ts";
import { cell, dimsOf, objection } from "./measure.ts";
import { nameOf } from "./name.ts";
import { type Change, crossover, mutate, randomTree } from "./sample.ts";
import { SEEDS, type Seed } from "./seeds.ts";
import { canonical, type Node, type Path, readGenome, simplify, treeHash } from "./tree.ts";

/** Chances of the choices below; the rest of each is the other choice. */
const POLICY_PARENT = 0.5; // the campaign's parent, else an elite of the island
const CROSSOVER = 0.25; // with a donor, else a mutation
const MIGRANT = 0.1; // the donor or parent comes from any island
const FRESH = 0.05; // a random tree, so that no island closes
const MUTATED_SEED = 0.5; // after the seeds, in the cold start; else a random tree
const TRIES = 300;

/** A tree and how it came about; `why` is a phrase that ends in no full stop. */
interface Draft {
  tree: Node;
  how: "seed" | "mutation" | "crossover" | "random";
  why: string;
  name?: string;
  parent?: Origin;
  donor?: Origin;
  path?: Path;
}

/** Trees that may not be proposed again. */
const visibleTrees = (context: ProposeContext): Set<string> =>
  new Set(
    context.visible
      .map((e) => readGenome(e.genome))
      .flatMap((tree) => (tree ? [canonical(simplify(tree))] : [])),
  );

/** The first of up to TRIES drafts that is allowed, and new to the visible experiments. */
function firstAllowed(context: ProposeContext, draw: () => Draft | null): Draft | null {
  const seen = visibleTrees(context);
  for (let i = 0; i < TRIES; i++) {
    const draft = draw();
    if (draft === null) continue;
    const tree = simplify(draft.tree);
    if (seen.has(canonical(tree))) continue;
    if (objection(tree, context.campaign.protocol) === null) return { ...draft, tree };
  }
  return null;
}

const fresh = (rng: Random): Draft => ({
  tree: randomTree(rng),
  how: "random",
  why: "Drawn at random from the grammar",
});

function mutated(parent: Parent, rng: Random): Draft | null {
  const change = mutate(parent.tree, rng);
  return change && child(parent, change, "mutation");
}

function child(parent: Origin, change: Change, how: "mutation" | "crossover", donor?: Origin): Draft {
  const source = parent.id === null ? `the known design ${parent.name}` : parent.name;
  const of = donor ? ` with ${donor.id === null ? `the known design ${donor.name}` : donor.name}` : "";
  return {
    tree: change.tree,
    how,
    why: `${how === "mutation" ? "Mutation" : "Crossover"} of ${source}${of}: ${change.what}`,
    parent: { id: parent.id, name: parent.name },
    donor,
    path: change.path,
  };
}

interface Origin {
  /** null: a known design. */
  id: string | null;
  name: string;
}

type Parent = Origin & { tree: Node };

const asParent = (e: Elite): Parent => ({ id: e.experiment.id, name: e.experiment.name, tree: e.tree });

/** A known design as a parent: the experiment that tried it, where one is visible. */
function seedParent(context: ProposeContext, s: Seed): Parent {
  const key = canonical(s.tree);
  const tried = context.visible.find((e) => {
    const tree = readGenome(e.genome);
    return tree !== null && canonical(tree) === key;
  });
  return { id: tried?.id ?? null, name: tried?.name ?? s.name, tree: s.tree };
}

/** Known designs that the protocol allows, in the campaign's own order. */
const seedOrder = (context: ProposeContext): Seed[] =>
  random(context.campaign.seed, "grammar", "seeds")
    .shuffle(SEEDS)
    .filter((s) => objection(s.tree, context.campaign.protocol) === null);

function coldStart(context: ProposeContext, rng: Random): Draft | null {
  const seeds = seedOrder(context);
  const seed = seeds[context.index];
  if (seed && context.attempt === 0) {
    const draft: Draft = {
      tree: seed.tree,
      how: "seed",
      why: `A known design as a tree: ${seed.source}`,
      name: seed.name,
    };
    return firstAllowed(context, () => draft);
  }
  return firstAllowed(context, () =>
    seeds.length > 0 && rng.next() < MUTATED_SEED
      ? mutated(seedParent(context, rng.pick(seeds)), rng)
      : fresh(rng),
  );
}

function evolve(context: ProposeContext, rng: Random): Draft | null {
  const all = elites(context.visible, context.campaign);
  const island = islandOf(context.index, context.campaign);
  const own = all.filter((e) => e.island === island);
  const policyTree = context.parent && readGenome(context.parent.genome);
  const seeds = seedOrder(context);
  const fallback =
    all.length > 0
      ? all.map(asParent)
      : (seeds.length > 0 ? seeds : SEEDS).map((s) => seedParent(context, s));
  const referees = context.references.flatMap((experiment) => {
    const tree = readGenome(experiment.genome);
    return tree ? [{ id: experiment.id, name: experiment.name, tree }] : [];
  });

  const drawParent = () => {
    if (context.parent && policyTree && rng.next() < POLICY_PARENT)
      return { id: context.parent.id, name: context.parent.name, tree: policyTree };
    const from = rng.next() < MIGRANT || own.length === 0 ? fallback : own.map(asParent);
    return rng.pick(from);
  };
  return firstAllowed(context, () => {
    if (rng.next() < FRESH) return fresh(rng);
    const parent = drawParent();
    const donors = [...referees, ...(rng.next() < MIGRANT ? all : own).map(asParent)].filter(
      (d) => d.id !== parent.id,
    );
    if (donors.length === 0 || rng.next() >= CROSSOVER) return mutated(parent, rng);
    const donor = rng.pick(donors);
    const change = crossover(parent.tree, donor.tree, rng);
    return change && child(parent, change, "crossover", { id: donor.id, name: donor.name });
  });
}

function write(context: ProposeContext, draft: Draft): Proposal {
  const { campaign, index } = context;
  const taken = new Set(context.visible.map((e) => e.name));
  const name = nameOf(draft.tree, taken, draft.name);
  const island = islandOf(index, campaign);
  const where = cell(draft.tree, dimsOf(campaign.protocol));
  return {
    name,
    motivation: `${draft.why}. Island ${island + 1} of ${campaign.search.islands}, cell ${where}. out = ${formula(draft.tree)}`,
    code: emit(draft.tree, name),
    genome: draft.tree,
    parentId: draft.parent?.id ?? null,
    referenceIds: draft.donor?.id ? [draft.donor.id] : [],
    provenance: {
      how: draft.how,
      what: draft.why,
      parent: draft.parent?.name ?? null,
      donor: draft.donor?.name ?? null,
      path: draft.path ?? null,
      island,
      cell: where,
      tree: treeHash(draft.tree),
    },
  };
}

function finish(context: ProposeContext, rng: Random, draft: Draft | null): Proposal {
  const found = draft ?? firstAllowed(context, () => fresh(rng));
  if (found) return write(context, found);
  throw new Error(
    `The grammar holds no new tree within the protocol's limits (${context.campaign.protocol.limits.params} × parameters) after ${TRIES} draws. Raise limits.params or limits.flops.`,
  );
}

export const grammarResearcher: Researcher = {
  name: "grammar",
  async propose(context, signal) {
    signal.throwIfAborted();
    const rng = random(context.campaign.seed, "grammar", context.index, context.attempt);
    return finish(context, rng, context.parent === null ? coldStart(context, rng) : evolve(context, rng));
  },
};

/** The control: independent draws from the same grammar. It looks at earlier trees to avoid repeats, never at results. */
export const randomResearcher: Researcher = {
  name: "random",
  async propose(context, signal) {
    signal.throwIfAborted();
    const rng = random(context.campaign.seed, "random", context.index, context.attempt);
    return finish(context, rng, null);
  },
};
