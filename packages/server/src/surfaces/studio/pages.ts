import { readdir, readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { UnavailableError } from "@loam/core";
import type { Context } from "hono";
import { Hono } from "hono";

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

/** A file of the built Studio, with the sizes of its compressed twins. */
interface Asset {
  path: string;
  etag: string;
  encodings: { br?: string; gzip?: string };
}

/**
 * The built Studio. Only files that were there at the start are served, by exact name: a request never makes a path.
 * Files under `assets/` carry a hash in their name and never change; any other path that looks like a page gets
 * `index.html`, whose router takes it from there.
 */
export async function pages(folder: string) {
  const assets = await listAssets(folder);
  const app = new Hono();
  app.get("*", (c) => {
    const path = c.req.path;
    const asset = assets.get(path);
    if (asset) return send(c, path, asset);
    const index = assets.get("/index.html");
    // A page may be named after something with a dot in it, as the model `resnet.v2`; who opens it is a browser.
    const asksForPage = !path.startsWith("/assets/") && (c.req.header("accept") ?? "").includes("text/html");
    if (index && (posix.extname(path) === "" || asksForPage)) return send(c, "/index.html", index);
    return c.notFound();
  });
  return app;
}

async function listAssets(folder: string): Promise<Map<string, Asset>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const all = new Set(names);
  const assets = new Map<string, Asset>();
  for (const path of names) {
    if (/\.(br|gz)$/.test(path)) continue;
    const { size, mtimeMs } = await stat(path);
    assets.set(`/${path.slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, "")}`, {
      path,
      etag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`,
      encodings: {
        ...(all.has(`${path}.br`) ? { br: `${path}.br` } : {}),
        ...(all.has(`${path}.gz`) ? { gzip: `${path}.gz` } : {}),
      },
    });
  }
  return assets;
}

async function send(c: Context, name: string, { path, etag, encodings }: Asset): Promise<Response> {
  const accepted = new Set(
    (c.req.header("accept-encoding") ?? "").split(",").map((part) => part.split(";")[0]!.trim()),
  );
  const encoding =
    encodings.br && accepted.has("br") ? "br" : encodings.gzip && accepted.has("gzip") ? "gzip" : undefined;
  const tag = encoding ? etag.replace(/"$/, `-${encoding}"`) : etag;
  c.header("ETag", tag);
  c.header("Vary", "Accept-Encoding");
  c.header("Cache-Control", name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (c.req.header("if-none-match") === tag) return c.body(null, 304);
  c.header("Content-Type", contentTypes[posix.extname(name)] ?? "application/octet-stream");
  if (encoding) c.header("Content-Encoding", encoding);
  const bytes = await readFile(encoding ? encodings[encoding]! : path).catch((cause) => {
    throw new UnavailableError("studio", `${name} is gone: the Studio was built anew.`, {
      hint: "start the server again",
      cause,
    });
  });
  return c.body(bytes);
}
