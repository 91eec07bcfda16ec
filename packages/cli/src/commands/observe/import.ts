import { argument, command, text } from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

export const importCommand = command({
  name: "import",
  summary: "Bring in what W&B, MLflow, LangSmith or TensorBoard have written",
  description:
    "W&B: a `wandb` folder or an offline run. MLflow: an `mlruns` folder or `mlflow.db`. TensorBoard: event files. " +
    "LangSmith: runs and datasets as JSON, JSONL, CSV or Parquet, a file or a folder of them. Importing twice changes nothing.",
  args: { source: argument("wandb, mlflow, langsmith or tensorboard"), path: argument("a file or a folder") },
  options: { experiment: text("where they go; as they say themselves when left out", { value: "name" }) },
  examples: [
    ["import wandb ./wandb", "runs that were logged offline"],
    ["import mlflow ./mlruns", "experiments with their runs and files"],
    ["import langsmith runs.jsonl --experiment support", "traces of an export"],
    ["import langsmith ./bulk-export", "a folder of Parquet files, and datasets"],
  ],
  run: async ({ source, path, experiment, home }, io) => {
    const { importFrom } = await import("./import-from.ts");
    await using workspace = await openStoreOf(home);
    await importFrom(workspace, { source, path, experiment }, io);
  },
});
