import type OpenAI from "openai";
import type { EvalBody, EvalRunBody, OutputItemBody } from "../evals/types.ts";
import { Grader } from "../graders/types.ts";
import { Collection } from "../objects/collection.ts";
import { type Account, dateOf, oldestFirst } from "./account.ts";
import type { Tally } from "./tally.ts";

const over = ["completed", "failed", "canceled"];

/** Evals, and those of their runs that have ended, with what each row was given. Programs in Python are no graders here. */
export async function importEvals(account: Account, tally: Tally): Promise<void> {
  const { client, store, project, signal } = account;
  const rows = new Collection<EvalBody>(store.db, "eval");
  for (const remote of await oldestFirst(client.evals.list({ limit: 100 }, { signal }))) {
    const { id, name, created_at, metadata } = remote;
    const graders = remote.testing_criteria.map((criterion) => Grader.safeParse(plain(criterion)));
    const wrong = graders.find(({ success }) => !success);
    if (wrong) {
      tally.leaveOut(id, wrong.error!.issues[0]!.message);
      continue;
    }
    const criteria = graders.map(({ data }) => data!);
    const isNew = await rows.insertKnown({
      ...{ id, project, createdAt: dateOf(created_at), metadata: metadata ?? {} },
      body: { name, criteria, dataSource: toDataSource(remote.data_source_config) },
    });
    tally.note(isNew);
    for (const run of await oldestFirst(client.evals.runs.list(id, { limit: 100 }, { signal })))
      await importRun(account, run, tally);
  }
}

async function importRun({ client, store, project, signal }: Account, run: Run, tally: Tally): Promise<void> {
  const runs = new Collection<EvalRunBody>(store.db, "eval_run");
  const items = new Collection<OutputItemBody>(store.db, "eval_output_item");
  const { id, eval_id: evalId } = run;
  if (!over.includes(run.status)) return tally.leaveOut(id, `it is ${run.status}; import it when it has ended`);
  if (await runs.find(project, id)) return;
  const query = { eval_id: evalId, limit: 100, order: "asc" } as const;
  for await (const item of client.evals.runs.outputItems.list(id, query, { signal })) {
    await items.insertKnown({
      ...{ id: item.id, project, parentId: id, status: item.status, createdAt: dateOf(item.created_at) },
      body: {
        ...{ evalId, place: item.datasource_item_id, item: item.datasource_item },
        grades: item.results as unknown as OutputItemBody["grades"],
        sample: item.sample as unknown as OutputItemBody["sample"],
      },
    });
  }
  const error = run.error?.code ? run.error : null;
  await runs.insertKnown({
    ...{ id, project, parentId: evalId, status: run.status, createdAt: dateOf(run.created_at) },
    metadata: run.metadata ?? {},
    body: {
      ...{ evalId, name: run.name, dataSource: run.data_source as EvalRunBody["dataSource"], workId: null, error },
      ...{ counts: run.result_counts, criteria: run.per_testing_criteria_results },
      usage: (run.per_model_usage ?? []) as EvalRunBody["usage"],
    },
  });
}

type Run = OpenAI.Evals.RunListResponse;

/** Without the fields that are null, which answers have and requests leave out. */
const plain = (value: object): object => Object.fromEntries(Object.entries(value).filter(([, of]) => of !== null));

function toDataSource(config: OpenAI.Evals.EvalListResponse["data_source_config"]): EvalBody["dataSource"] {
  if (config.type !== "custom") return { type: config.type, metadata: config.metadata ?? {} };
  const { item, sample } = (config.schema.properties ?? {}) as Record<string, Record<string, unknown> | undefined>;
  return { type: "custom", item_schema: item ?? { type: "object" }, ...(sample && { include_sample_schema: true }) };
}
