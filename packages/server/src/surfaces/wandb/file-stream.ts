import { InputError, NotFoundError } from "@loam/core";
import { type LineStream, parseRelaxedJson, putLines, recordOf, updateRun } from "@loam/observe";
import type { Store } from "@loam/store";
import { findRun } from "./queries.ts";
import type { Json } from "./run-node.ts";

const streams: Record<string, LineStream> = {
  "wandb-history.jsonl": "history",
  "wandb-events.jsonl": "events",
  "output.log": "output",
};

/**
 * `POST /files/{entity}/{project}/{run}/file_stream`: lines of a run's files, each from an offset on, and how it stands.
 * An empty body is a sign of life. Everything is committed before the answer.
 *
 * @throws {InputError} @throws {NotFoundError}
 */
export async function takeFileStream(store: Store, project: string, name: string, body: Json): Promise<Json> {
  const run = await findRun(store, project, name);
  if (!run) throw new NotFoundError("run", `${project}/${name}`);
  const files = body.files === undefined || body.files === null ? {} : recordOf(body.files);
  if (!files)
    throw new InputError("invalid_file_stream", "`files` is no object.", {
      details: { name: "files" },
      hint: 'send `{ "files": { NAME: { "offset": 0, "content": [] } } }`',
    });
  const chunks = Object.entries(files).map(([file, value]) => readChunk(file, value));
  let summary: Json | undefined;
  await store.db.transaction(async (tx) => {
    for (const { file, offset, content } of chunks) {
      const stream = Object.hasOwn(streams, file) ? streams[file]! : undefined;
      if (stream) await putLines(tx, run.id, stream, offset, content);
      else if (file === "wandb-summary.json" && content.length > 0) summary = readSummary(content.at(-1)!);
    }
  });
  const ended = body.complete === true || typeof body.exitcode === "number";
  const failed = typeof body.exitcode === "number" && body.exitcode !== 0;
  const goesOn = !ended && chunks.length > 0 && run.status !== "running";
  await updateRun(store, run.id, {
    heartbeatAt: new Date(),
    ...(summary ? { summary } : {}),
    ...(ended
      ? {
          status: failed ? "failed" : "finished",
          finishedAt: new Date(),
          error: failed ? { code: "exit_code", message: `The program ended with ${body.exitcode}.` } : null,
          origin: { exitcode: body.exitcode ?? 0 },
        }
      : {}),
    ...(goesOn ? { status: "running", finishedAt: null } : {}),
  });
  return { exitcode: null, limits: {}, ...(run.origin.stopped === true && !ended ? { stopped: true } : {}) };
}

function readChunk(file: string, value: unknown): { file: string; offset: number; content: string[] } {
  const chunk = recordOf(value);
  const offset = chunk?.offset ?? 0;
  const content = chunk?.content ?? [];
  if (!chunk || !Number.isSafeInteger(offset) || (offset as number) < 0 || !Array.isArray(content))
    throw new InputError("invalid_file_stream", `\`files.${file.slice(0, 80)}\` is no \`{ offset, content: [] }\`.`, {
      details: { name: `files.${file}` },
      hint: "send the offset of the first line and the lines",
    });
  if (!Object.hasOwn(streams, file) && /\.\.|^\/|\\/.test(file))
    throw new InputError("invalid_path", `The file ${JSON.stringify(file.slice(0, 80))} leaves its run.`, {
      hint: "give a path within the run, without `..`",
    });
  return { file, offset: offset as number, content: content.map(String) };
}

function readSummary(text: string): Json {
  try {
    return recordOf(parseRelaxedJson(text)) ?? {};
  } catch (cause) {
    throw new InputError("invalid_file_stream", "The summary is no JSON.", {
      hint: "send the summary as one JSON object",
      cause,
    });
  }
}
