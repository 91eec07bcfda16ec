import wandb from "@wandb/sdk";
import { Client } from "langsmith";
import { traceable } from "langsmith/traceable";

/**
 * An assistant that is traced by LangSmith's client, and the search for its best setting, logged by W&B's: two clients
 * that know nothing of each other or of Loam, and one store that holds what both wrote.
 *
 *     LANGSMITH_ENDPOINT=$URL LANGSMITH_API_KEY=any LANGSMITH_TRACING=true \
 *     WANDB_BASE_URL=$URL WANDB_API_KEY=0000000000000000000000000000000000000000 \
 *     node observe-two-clients.ts
 */
const url = process.env.LANGSMITH_ENDPOINT ?? "http://127.0.0.1:4545";

const retrieve = traceable((question: string) => [`The harbour office posts tides at 6:00. (${question})`], {
  name: "retrieve",
  run_type: "retriever",
});
const answer = traceable(
  async (question: string, threshold: number) => {
    const [source] = await retrieve(question);
    return threshold > 0.5 ? "I do not know." : `High tide is at 14:20. ${source}`;
  },
  { name: "answer", project_name: "harbour" },
);

const client = new Client();
await wandb.init({ project: "harbour", name: "threshold search", config: { thresholds: [0.9, 0.5, 0.1] } });
for (const [step, threshold] of [0.9, 0.5, 0.1].entries()) {
  const text = await answer("When is high tide?", threshold);
  wandb.log({ threshold, answered: text.startsWith("High tide") ? 1 : 0 }, step);
}
await wandb.finish();
await client.awaitPendingTraceBatches();

// What both wrote, read back by a third protocol: MLflow's.
interface Found {
  runs: { info: { run_name: string; status: string }; data: { metrics: { key: string; value: number }[] } }[];
  traces: { tags: Record<string, string>; response_preview: string }[];
}
const ask = async (path: string, body?: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url + path, body ? { method: "POST", headers, body: JSON.stringify(body) } : {});
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Found & { experiment: { experiment_id: string } };
};
const { experiment } = await ask("/api/2.0/mlflow/experiments/get-by-name?experiment_name=harbour");
const { experiment_id } = experiment;
const { runs } = await ask("/api/2.0/mlflow/runs/search", { experiment_ids: [experiment_id] });
const { traces } = await ask("/api/3.0/mlflow/traces/search", {
  locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } }],
});
for (const { info, data } of runs)
  console.log(
    `run   ${info.run_name}, ${info.status}: ${data.metrics.map(({ key, value }) => `${key} ${value}`).join(", ")}`,
  );
for (const { tags, response_preview } of traces) console.log(`trace ${tags["mlflow.traceName"]}: ${response_preview}`);
