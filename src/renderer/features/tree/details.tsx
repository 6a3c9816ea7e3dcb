/** The selected experiment in short, with its way from the root. */
import { X } from "lucide-react";
import type { TreeData } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { Button, IconButton } from "../../ui/controls.tsx";
import { number, plural, signed } from "../../ui/format.ts";
import { Figure, GainWhisker, StandingBadge } from "../../ui/measures.tsx";
import { pictureSource } from "../../ui/picture.ts";
import { ancestry, type Lineage } from "./model.ts";

export function wordsFor(data: TreeData, row: number): string {
  const gain = data.gain[row];
  const measured =
    gain === null || gain === undefined
      ? "not measured"
      : `gain ${signed(gain)} ± ${number(data.gainSe[row])}`;
  return `${data.names[row]}, number ${row}, ${data.standings[row]}, ${measured}`;
}

export function Details({
  archive,
  data,
  lineage,
  row,
  compared,
  onSelect,
  onOpen,
  onCompare,
}: {
  archive: string;
  data: TreeData;
  lineage: Lineage;
  row: number;
  compared: ReadonlySet<number>;
  onSelect: (row: number | null) => void;
  onOpen: (row: number) => void;
  onCompare: (row: number) => void;
}) {
  const { data: view } = useCall("experiments.get", { archive, id: data.ids[row]! });
  const card = view && view.card.id === data.ids[row] ? view.card : null;
  const way = ancestry(lineage, row).reverse();
  return (
    <aside className="tree-details" aria-label="Selected experiment">
      <div className="row">
        <h2 className="grow tree-name">{data.names[row]}</h2>
        <IconButton label="Close" small onClick={() => onSelect(null)}>
          <X size={14} />
        </IconButton>
      </div>
      <StandingBadge standing={data.standings[row]!} />
      {card?.thumbnail && <img className="tree-thumbnail" alt="" src={pictureSource(card.thumbnail)} />}
      <dl className="facts">
        <dt>Gain</dt>
        <dd>
          <Figure value={data.gain[row]} se={data.gainSe[row]} difference />
          {card?.gain && <GainWhisker gain={card.gain} width={140} />}
          {card?.noise === "within" && <span className="muted small">within noise</span>}
        </dd>
        <dt>Fitness</dt>
        <dd className="num">{number(data.fitness[row])}</dd>
        <dt>Children</dt>
        <dd className="num">{lineage.children[row]!.length}</dd>
      </dl>
      {card && <p className="secondary">{card.motivation}</p>}
      {way.length > 1 && (
        <div>
          <h3>{plural(way.length - 1, "step")} from the root</h3>
          <ol className="tree-way">
            {way.slice(0, -1).map((r) => (
              <li key={r}>
                <button type="button" onClick={() => onSelect(r)}>
                  <span className="clip grow">{data.names[r]}</span>
                  <span className="num muted">{signed(data.gain[r])}</span>
                </button>
              </li>
            ))}
          </ol>
        </div>
      )}
      <div className="row">
        <Button kind="primary" small onClick={() => onOpen(row)}>
          Open
        </Button>
        <Button small aria-pressed={compared.has(row)} onClick={() => onCompare(row)}>
          {compared.has(row) ? "Take out of the comparison" : "Compare"}
        </Button>
      </div>
    </aside>
  );
}
