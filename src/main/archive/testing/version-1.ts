/** An archive of version 1, as the program before language models wrote it. */
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { createArchive } from "../index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../migrations/index.ts";
import { campaign, experiment, score, uuid } from "./fixtures.ts";

const TABLES = ["campaigns", "experiments", "versions", "scores", "promotions"];
const REST = ["baselines", "curves", "logs", "events"];

/** Every row of the tables of version 1, in the columns that they had then. */
export function version1Rows(db: Database.Database): Record<string, unknown[]> {
  return Object.fromEntries(
    [...TABLES, ...REST].map((table) => [
      table,
      db.prepare(`SELECT ${columns(table).join(", ")} FROM ${table} ORDER BY 1, 2`).all(),
    ]),
  );
}

const columns = (table: string): string[] => {
  const db = new Database(":memory:");
  db.exec(MIGRATIONS[0]!);
  const found = db.pragma(`table_info(${table})`) as { name: string }[];
  db.close();
  return found.map((column) => column.name);
};

/** Makes one with `n` experiments at `file`: today's rows, without what came later. */
export function createVersion1(file: string, n: number): void {
  const source = `${file}.source`;
  const archive = createArchive(source);
  archive.createCampaign(campaign());
  for (let i = 0; i < n; i++)
    archive.commit({
      campaignId: uuid(1),
      experiment: experiment(i, {
        status: "archived",
        motivation: `idea ${i}`,
        scores: [score("screen", 2 + i)],
        judgement: { score: 5, items: { innovation: 5 }, note: "", by: "grammar", samples: 1, sd: 0 },
        parentId: i > 0 ? uuid(1000) : null,
      }),
      version: { version: 0, code: `class Mixer: ${i}`, why: "proposed" },
      curves: [{ run: "lm-s0", steps: [1, 2], losses: [3, i], aux: [null, null] }],
      log: `line ${i}\n`,
      event: { type: "archived", data: { i } },
    });
  const point = { width: 1, mixerParams: 1, flopsPerToken: 1, rung: "screen", runs: [] };
  archive.putBaseline({ protocolHash: "p", device: "cpu" }, point, []);
  archive.close();

  const db = new Database(file);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.exec(MIGRATIONS[0]!);
  db.pragma("user_version = 1");
  db.prepare("ATTACH ? AS source").run(source);
  for (const table of [...TABLES, ...REST]) {
    const list = columns(table).join(", ");
    db.exec(`INSERT INTO ${table} (${list}) SELECT ${list} FROM source.${table}`);
  }
  db.exec(`
    UPDATE campaigns SET record = json_remove(record, '$.llm', '$.budget.tokens', '$.budget.cost',
      '$.used.tokens', '$.used.cost', '$.used.refused');
    UPDATE experiments SET judgement = json_remove(judgement, '$.samples', '$.sd');
    DETACH source;
  `);
  db.close();
  for (const left of ["", "-lock"]) rmSync(source + left, { force: true });
}
