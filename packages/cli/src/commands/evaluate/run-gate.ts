import { spawnSync } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { type CiResult, ciToJunit, ciToMarkdown, readEvaluationSpec, runCi } from "@loam/evaluation";
import { connectLanguageModel, parseModelName } from "@loam/providers";
import { evaluationContext } from "@loam/server/evaluation";
import { openWorkspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { modelNameOf } from "../models/model-name.ts";
import { withAskedDocuments } from "./evaluate-with.ts";

export interface RunGateOptions {
  update: boolean;
  recorded: boolean;
  alpha?: number;
  tolerance?: number;
  folder?: string;
  home?: string;
}

/** Runs a spec as a gate with the models and documents of a workspace. */
export async function runGate(
  path: string,
  { update, recorded, home, ...options }: RunGateOptions,
  io: Io,
): Promise<CiResult> {
  const given = await readEvaluationSpec(path);
  const recordedOnly = recorded || (!update && (await isFromFork()));
  if (recordedOnly && !recorded) io.note("A pull request from a fork: answers come from the record.");
  await using workspace = await openWorkspace({ home, io });
  const spec = recordedOnly ? given : await withAskedDocuments(given, workspace, io);
  const languageModel = async (name: string) =>
    connectLanguageModel(workspace.config, parseModelName(modelNameOf(name), "chat"), {
      role: "chat",
      local: await workspace.local(),
    });
  // Documents and rows of a library need the models; a file of rows and a prompt do not.
  const needsLibrary = spec.dataset.path === undefined || spec.systems.some(({ ask }) => ask !== undefined);
  const context = evaluationContext({
    ...{ isHere: true, store: workspace.store, languageModel, onNote: io.note },
    library: () => workspace.library(),
    models: () => workspace.models(),
  });
  const opened = needsLibrary && !recordedOnly ? await context.open() : undefined;
  try {
    return await runCi(
      spec,
      {
        languageModel,
        judge: async () => (recordedOnly ? undefined : (await workspace.models()).judge),
        embedder: async () => (await workspace.models()).embed,
        openAsk: opened?.openAsk,
        openRows: opened?.openRows,
      },
      { ...options, update, recordedOnly, ...commitOf(spec.folder), signal: io.signal, onProgress: io.progress },
    );
  } finally {
    await opened?.close();
  }
}

/** Markdown and JUnit files as asked for, and the summary of the GitHub job where there is one. */
export async function writeReports(
  { run, verdict, history }: CiResult,
  { report, junit }: { report?: string; junit?: string },
): Promise<void> {
  const markdown = ciToMarkdown(run, verdict, history);
  if (report !== undefined) await writeFile(report, markdown);
  if (junit !== undefined) await writeFile(junit, ciToJunit(run, verdict));
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) await appendFile(summary, markdown);
}

/** A pull request from a fork has no secrets; GitHub says so in the event's file. */
async function isFromFork(): Promise<boolean> {
  const { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path } = process.env;
  if (event !== "pull_request" || !path) return false;
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    const { pull_request: request } = JSON.parse(text) as {
      pull_request?: { head?: { repo?: { full_name?: string } | null }; base?: { repo?: { full_name?: string } } };
    };
    return request !== undefined && request.head?.repo?.full_name !== request.base?.repo?.full_name;
  } catch {
    return false;
  }
}

/** From the CI server, else from git; undefined outside a repository. */
function commitOf(folder = "."): { commit?: string; branch?: string } {
  const { GITHUB_SHA, GITHUB_REF_NAME, CI_COMMIT_SHA, CI_COMMIT_REF_NAME } = process.env;
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  return {
    commit: GITHUB_SHA || CI_COMMIT_SHA || git("rev-parse", "HEAD"),
    branch: GITHUB_REF_NAME || CI_COMMIT_REF_NAME || git("rev-parse", "--abbrev-ref", "HEAD"),
  };
}
