import { ArgumentError } from "@loam/core";
import { builtinPrices, importRuns } from "@loam/observe";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";

const sources = ["wandb", "mlflow", "tensorboard", "langsmith"] as const;

/**
 * Brings in what another tracker has written, and says what came.
 *
 * @throws {ArgumentError} for an unknown source, or a path that such a source does not have.
 */
export async function importFrom(
  { store }: Pick<Workspace, "store">,
  { source, path, experiment }: { source: string; path: string; experiment?: string },
  io: Io,
): Promise<void> {
  if (!sources.includes(source as "wandb")) throw new ArgumentError("source", source, sources.join(", "));
  if (source === "langsmith") {
    const { importLangsmith } = await import("@loam/server");
    const found = await importLangsmith(store, path, { project: experiment, prices: builtinPrices });
    return io.result(found, () =>
      [
        ...found.datasets.map(
          ({ name, examples, isNew }) => `${name}  ${examples} examples${isNew ? "" : "  (was there)"}`,
        ),
        `${found.runs} runs in ${found.traces} traces.`,
      ].join("\n"),
    );
  }
  const found = await importRuns(store, source as "wandb", path, { experiment });
  io.result(found, () => {
    const fresh = found.runs.filter(({ isNew }) => isNew).length;
    return [
      ...found.runs.map(
        ({ id, name, points, isNew }) => `${id}  ${name}  ${points} points${isNew ? "" : "  (was there)"}`,
      ),
      `${found.runs.length} runs, ${fresh} of them new, ${found.files} files.`,
    ].join("\n");
  });
}
