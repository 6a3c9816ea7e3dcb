/** What tokens cost: the table in resources/prices.json, and over it the user's own prices.json in the data folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Endpoint, Price } from "../../shared/llm.ts";
import { resourcesFolder } from "../paths.ts";
import { isLocal } from "./endpoints.ts";

/**
 * By model. A name also stands for its dated versions ("gpt-4o" for "gpt-4o-2024-08-06"), but not for other models that
 * begin with it ("gpt-4o-mini"); a name that ends in * stands for every model that begins with it.
 */
export type PriceTable = Record<string, Price>;

const PriceFile = z.object({ about: z.string().optional(), models: z.record(z.string().min(1), Price) });

function readTable(file: string): PriceTable {
  try {
    return PriceFile.parse(JSON.parse(readFileSync(file, "utf8"))).models;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new RangeError(
      `${file} is not a table of prices: ${why} It must look like {"models": {"NAME": {"input": 2.5, "output": 10}}}, per million tokens.`,
    );
  }
}

/** The user's own table. */
export const pricesFile = (home: string): string => join(home, "prices.json");

const shipped = (): PriceTable => readTable(join(resourcesFolder, "prices.json"));

/** What of a table differs from the shipped one: the rest follows that one when it changes. */
export function ownPrices(table: PriceTable): PriceTable {
  const known = shipped();
  const same = (model: string, { input, output }: Price) =>
    known[model]?.input === input && known[model]?.output === output;
  return Object.fromEntries(Object.entries(table).filter(([model, price]) => !same(model, price)));
}

/** The whole table. `home`: the data folder. @throws RangeError naming the file and what it should look like */
export function readPrices(home: string): PriceTable {
  const own = pricesFile(home);
  return {
    ...shipped(),
    ...(existsSync(own) ? readTable(own) : {}),
  };
}

function stands(entry: string, model: string): boolean {
  if (entry.endsWith("*")) return model.startsWith(entry.slice(0, -1));
  return (
    model === entry ||
    (model.startsWith(`${entry}-`) && /^(\d{4,}|latest)/.test(model.slice(entry.length + 1)))
  );
}

/** Price of a model by its most exact entry; null where the table has none. */
export function listed(table: PriceTable, model: string): Price | null {
  const entries = Object.keys(table).filter((entry) => stands(entry, model));
  const best = entries.sort((a, b) => b.replace("*", "").length - a.replace("*", "").length)[0];
  return best === undefined ? null : table[best]!;
}

/** What an endpoint's model costs: as set, else 0 for a local server, else from the table; null: nobody knows. */
export const priceOf = (
  endpoint: Pick<Endpoint, "price" | "baseUrl">,
  model: string,
  table: PriceTable,
): Price | null =>
  endpoint.price ??
  (isLocal(new URL(endpoint.baseUrl).hostname) ? { input: 0, output: 0 } : listed(table, model));
