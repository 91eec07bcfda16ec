import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { createDataset, listDatasets, listExamples, type NewExample, putExamples } from "@loam/observe";
import { type Store, storableJson } from "@loam/store";
import { isUuid, toUuid, uuidOf } from "./ids.ts";
import { readExample } from "./read-example.ts";
import type { Json } from "./read-run.ts";

type Identified = NewExample & { id: string };

interface Group {
  datasetId?: string;
  examples: Map<string, Identified>;
}

/** Takes in the examples of an export; they are written when all are there. */
export class ExampleImport {
  readonly #store: Store;
  readonly #groups = new Map<string, Group>();

  constructor(store: Store) {
    this.#store = store;
  }

  async add(row: Json, fallback: string): Promise<void> {
    const name = typeof row.dataset_name === "string" ? row.dataset_name : fallback;
    const group = this.#groups.get(name) ?? { examples: new Map<string, Identified>() };
    this.#groups.set(name, group);
    if (isUuid(row.dataset_id)) group.datasetId ??= uuidOf(row.dataset_id, "dataset_id");
    const example = readExample(fieldsOf(row));
    let id = example.id;
    // Without an id it is known by what it says; the second of the same text is another one.
    for (let nth = 0; id === undefined || (example.id === undefined && group.examples.has(id)); nth++)
      id = idFrom([name, example.inputs, example.outputs ?? null, nth]);
    group.examples.set(id, { ...example, id });
  }

  async finish(): Promise<{ name: string; examples: number; isNew: boolean }[]> {
    const written = [];
    for (const [name, { datasetId, examples }] of this.#groups) {
      const [known] = await listDatasets(this.#store, { name });
      const [taken] = datasetId === undefined ? [] : await listDatasets(this.#store, { ids: [datasetId] });
      const { id } =
        known ?? (await createDataset(this.#store, { name, ...(taken || !datasetId ? {} : { id: datasetId }) }));
      await this.#put(id, [...examples.values()]);
      written.push({ name, examples: examples.size, isNew: known === undefined });
    }
    return written;
  }

  /** Those that are there as they are keep the time at which they were last changed. */
  async #put(datasetId: string, examples: readonly Identified[]): Promise<void> {
    for (let i = 0; i < examples.length; i += 500) {
      const some = examples.slice(i, i + 500);
      const found = await listExamples(this.#store, { ids: some.map(({ id }) => id), limit: some.length });
      const before = new Map(found.map((example) => [example.id, contentOf(example)]));
      const changed = some.filter((example) => !isDeepStrictEqual(before.get(example.id), contentOf(example)));
      if (changed.length > 0) await putExamples(this.#store, datasetId, changed);
    }
  }
}

/** What of an example an export may change, as the database gives it back. */
function contentOf({ inputs, outputs, metadata, split }: NewExample): unknown {
  return JSON.parse(storableJson([inputs, outputs ?? null, metadata ?? null, split ?? null]));
}

/** The site's CSV: `input_question` and `outputs.answer` are fields of the inputs and the outputs. */
function fieldsOf(row: Json): Json {
  if ("inputs" in row || "outputs" in row) return row;
  const rest: Json = {};
  const [inputs, outputs]: [Json, Json] = [{}, {}];
  for (const [name, value] of Object.entries(row)) {
    const [, side, field] = /^(input|output)s?[_.](.+)$/.exec(name) ?? [];
    if (field === undefined) rest[name] = value;
    else (side === "input" ? inputs : outputs)[field] = value;
  }
  return { ...rest, inputs, ...(Object.keys(outputs).length > 0 ? { outputs } : {}) };
}

function idFrom(content: unknown): string {
  return toUuid(createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32));
}
