/** One experiment in the gallery, as a card. */
import { Check, GitCompareArrows, Star } from "lucide-react";
import { memo, useMemo } from "react";
import type { Card as CardData, Marks } from "../../../shared/views.ts";
import { toExperiment } from "../../state/route.ts";
import { count, number } from "../../ui/format.ts";
import { Figure, GainWhisker, StandingBadge } from "../../ui/measures.tsx";
import { pictureSource } from "../../ui/picture.ts";
import { MarkButton } from "./mark-button.tsx";
import { MarksEditor } from "./marks-editor.tsx";
import { Snippet } from "./snippet.tsx";

/** What can be done with a card. The same object for all, so that cards are drawn only when they change. */
export interface CardActions {
  archive: string;
  /** Why marks cannot be written; null when they can. */
  readOnly: string | null;
  knownTags: readonly string[];
  star: (card: CardData) => void;
  compare: (card: CardData) => void;
  save: (card: CardData, before: Partial<Marks>, after: Partial<Marks>) => void;
}

export interface CellProps {
  card: CardData;
  active: boolean;
  compared: boolean;
  actions: CardActions;
  /** Largest gain that the whiskers show. */
  range: number;
  searching: boolean;
}

export const Card = memo(function Card({ card, active, compared, actions, range, searching }: CellProps) {
  const address = toExperiment(actions.archive, card.id);
  return (
    <article className="gallery-card" data-compared={compared || undefined}>
      <a className="gallery-picture" href={address} tabIndex={-1}>
        <Thumbnail svg={card.thumbnail} />
        <span className="gallery-motivation">{card.motivation || "No motivation was written down."}</span>
      </a>
      <CardButtons card={card} active={active} compared={compared} actions={actions} />
      <div className="gallery-body">
        <a className="gallery-name strong clip" href={address} tabIndex={active ? 0 : -1} title={card.name}>
          {card.name}
        </a>
        <div className="row gallery-line">
          <StandingBadge standing={card.standing} />
          {card.rung && <span className="muted small clip">{card.rung}</span>}
          <Verdict card={card} />
        </div>
        <div className="gallery-gain">
          <Gain card={card} />
          <GainWhisker gain={card.gain} range={range} width={88} />
        </div>
        <dl className="gallery-facts small">
          <Fact name="fitness" value={number(card.fitness, 3)} />
          <Fact name="params" value={count(card.params)} />
          <Fact name="novelty" value={number(card.novelty, 2)} />
        </dl>
        {card.tags.length > 0 ? (
          <Tags tags={card.tags} />
        ) : (
          <p className="gallery-tags small muted">
            <span className="clip">{card.motivation}</span>
          </p>
        )}
        {searching && (
          <p className="gallery-hit small secondary">
            {card.snippet ? <Snippet text={card.snippet} /> : null}
          </p>
        )}
      </div>
    </article>
  );
});

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="muted">{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}

type Gained = { card: Pick<CardData, "gain" | "noise"> };

/** A gain with its standard error. */
export function Gain({ card: { gain } }: Gained) {
  if (!gain) return <Figure value={null} />;
  return (
    <span title="Gain on loss against the baseline at its own size; the line is the 95 % interval">
      <Figure value={gain.value} se={gain.se > 0 ? gain.se : null} difference />
    </span>
  );
}

/** What the interval says, in words, where it is not an improvement. */
export function Verdict({ card: { gain, noise } }: Gained) {
  if (!gain || noise === "beyond") return null;
  return (
    <span className="gallery-verdict muted small">
      {noise === "within" ? "within noise" : noise === "worse" ? "worse" : "noise unknown"}
    </span>
  );
}

/** Drawn by the program from the module graph. */
function Thumbnail({ svg }: { svg: string | null }) {
  const source = useMemo(() => svg && pictureSource(svg), [svg]);
  if (!source) return <span className="muted small">No diagram</span>;
  return <img src={source} alt="" decoding="async" draggable={false} />;
}

export function Tags({ tags }: { tags: readonly string[] }) {
  const shown = tags.slice(0, 2);
  return (
    <div className="gallery-tags">
      {shown.map((tag) => (
        <span key={tag} className="chip clip" title={tag}>
          <span className="clip">{tag}</span>
        </span>
      ))}
      {tags.length > shown.length && (
        <span className="chip" title={tags.slice(shown.length).join(", ")}>
          +{tags.length - shown.length}
        </span>
      )}
    </div>
  );
}

export function StarButton({ card, active, actions }: Pick<CellProps, "card" | "active" | "actions">) {
  const { readOnly } = actions;
  return (
    <MarkButton
      label={card.starred ? "Remove the star" : "Star"}
      shortcut="s"
      refused={readOnly}
      aria-pressed={card.starred}
      tabIndex={active ? 0 : -1}
      kept={card.starred}
      className={card.starred ? "gallery-starred" : readOnly === null ? "gallery-star" : ""}
      onClick={() => actions.star(card)}
    >
      <Star size={14} fill={card.starred ? "currentColor" : "none"} />
    </MarkButton>
  );
}

export function CompareButton({ card, active, compared, actions }: Omit<CellProps, "range" | "searching">) {
  return (
    <MarkButton
      label={compared ? "Take out of the comparison" : "Add to the comparison"}
      shortcut="Space"
      aria-pressed={compared}
      tabIndex={active ? 0 : -1}
      kept={compared}
      onClick={() => actions.compare(card)}
    >
      {compared ? <Check size={14} /> : <GitCompareArrows size={14} />}
    </MarkButton>
  );
}

function CardButtons(props: Omit<CellProps, "range" | "searching">) {
  const { card, active, actions } = props;
  return (
    <div className="gallery-buttons">
      <CompareButton {...props} />
      <MarksEditor
        archive={actions.archive}
        card={card}
        known={actions.knownTags}
        readOnly={actions.readOnly}
        tabIndex={active ? 0 : -1}
        onSave={actions.save}
      />
      <StarButton card={card} active={active} actions={actions} />
    </div>
  );
}
