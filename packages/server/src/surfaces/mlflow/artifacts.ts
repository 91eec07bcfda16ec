import { InputError, NotFoundError } from "@loam/core";
import {
  checkPath,
  decodeTracesJson,
  deleteFiles,
  findProject,
  getFile,
  listFiles,
  putFile,
  streamFile,
  writeSpans,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context, Hono } from "hono";
import { readBytes } from "../../http/read-bytes.ts";
import type { Services } from "../../services/services.ts";
import { readRequest, required, text } from "./http.ts";
import { one } from "./runs.ts";

/** The largest file of one upload. */
const maxFileBytes = 2 * 1024 ** 3;

/**
 * Where files lie by MLflow's paths: `<experiment>/<run>/artifacts/…`, `<experiment>/models/<id>/artifacts/…` and
 * `<experiment>/traces/<id>/artifacts/…`.
 *
 * @throws {InputError} when the path leaves its place, in whatever spelling.
 */
function place(path: string): { scope: string; path: string } {
  if (path !== "") checkPath(path);
  const [, , kind, id, rest] =
    /^(\d{1,10})\/(?:(models|traces)\/)?([A-Za-z0-9_-]{1,100})\/artifacts(?:\/(.*))?$/s.exec(path) ?? [];
  if (!id) return { scope: "mlflow", path };
  const scope = kind === "models" ? `model/${id}` : kind === "traces" ? `trace/${id}` : `run/${id}`;
  return { scope, path: rest ?? "" };
}

/** MLflow's artifact proxy, `mlflow-artifacts:/…`. */
export function artifactRoutes(app: Hono, { store, prices }: Services, base: string): void {
  const prefix = `${base}/mlflow-artifacts/artifacts`;
  /** What comes after the prefix, decoded once; a second layer of escapes is for {@link checkPath} to see. */
  const pathOf = (c: Context): string => {
    const raw = new URL(c.req.url).pathname.slice(prefix.length + 1);
    try {
      return decodeURIComponent(raw);
    } catch {
      throw new InputError("invalid_parameter_value", `Invalid path: ${JSON.stringify(raw.slice(0, 200))}.`, {
        hint: "give a path within the run, without `..`",
      });
    }
  };
  app.get(prefix, async (c) => {
    const path = (text(await readRequest(c), "path") ?? "").replace(/\/+$/, "");
    const at = place(path);
    return c.json({ files: showFolder(await listFiles(store, at.scope, at.path), at.path, "name") });
  });
  app.get(`${prefix}/*`, async (c) => {
    const at = place(pathOf(c));
    const file = await getFile(store, at.scope, at.path);
    return c.body(await streamFile(store, file), 200, {
      "content-type": file.contentType ?? "application/octet-stream",
      "content-length": String(file.sizeBytes),
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
    });
  });
  app.put(`${prefix}/*`, async (c) => {
    const at = place(pathOf(c));
    const bytes = await readBytes(c.req.raw, { maxBytes: maxFileBytes });
    await putFile(store, { ...at, bytes, contentType: c.req.header("content-type") ?? null });
    const [, experimentId] = /^(\d{1,10})\/traces\/[^/]+\/artifacts\/traces\.json$/.exec(pathOf(c)) ?? [];
    if (experimentId) {
      const project = (await findProject(store, { id: Number(experimentId) }))?.name ?? "Default";
      await writeSpans(store, decodeTracesJson(bytes, { prices, project }), { prices });
    }
    return c.json({});
  });
  app.delete(`${prefix}/*`, async (c) => {
    const at = place(pathOf(c));
    if ((await deleteFiles(store, at.scope, at.path)) === 0) throw new NotFoundError("artifact", at.path);
    return c.json({});
  });
}

/** `GET artifacts/list`: the files of a run, by its id. */
export function artifactListRoutes(app: Hono, store: Store): void {
  app.get("/artifacts/list", async (c) => {
    const body = await readRequest(c);
    const run = await one(store, text(body, "run_id") || text(body, "run_uuid") || required(body, "run_id"));
    const path = (text(body, "path") ?? "").replace(/\/+$/, "");
    if (path !== "") checkPath(path);
    const files = await listFiles(store, `run/${run.id}`, path);
    const project = await findProject(store, { name: run.experiment });
    return c.json({
      root_uri: `mlflow-artifacts:/${project?.id ?? 0}/${run.id}/artifacts`,
      files: showFolder(files, path, "path"),
    });
  });
  app.get("/logged-models/:id/artifacts/directories", async (c) => {
    const path = (c.req.query("artifact_directory_path") ?? "").replace(/\/+$/, "");
    if (path !== "") checkPath(path);
    const files = await listFiles(store, `model/${c.req.param("id")}`, path);
    return c.json({ files: showFolder(files, path, "path") });
  });
}

/** The files and folders directly below a folder, by their name or their whole path. */
function showFolder(
  files: readonly { path: string; sizeBytes: number }[],
  folder: string,
  how: "name" | "path",
): { path: string; is_dir: boolean; file_size?: number }[] {
  const skip = folder === "" ? 0 : folder.length + 1;
  const entries = new Map<string, { path: string; is_dir: boolean; file_size?: number }>();
  for (const { path, sizeBytes } of files) {
    const [name, ...rest] = path.slice(skip).split("/") as [string, ...string[]];
    const shown = how === "name" || folder === "" ? name : `${folder}/${name}`;
    entries.set(
      name,
      rest.length > 0 ? { path: shown, is_dir: true } : { path: shown, is_dir: false, file_size: sizeBytes },
    );
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
