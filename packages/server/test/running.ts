import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { type RunningLoam, type StartOptions, startLoam } from "../src/start-loam.ts";

const samplePath = join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf");

export interface TestServer extends RunningLoam {
  readonly userFile: string;
  /** Stops the server and removes its folder. */
  end(): Promise<void>;
}

/** A whole server on a free port, with a home and a user configuration of its own. */
export async function startTestServer(options: StartOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "loam-server-"));
  const userFile = join(folder, "config", "config.json");
  const load = () =>
    loadConfig({ cwd: folder, env: { LOAM_HOME: join(folder, "home"), PATH: process.env.PATH }, userFile });
  const server = await startLoam({ load, userFile, port: 0, samplePath, ...options });
  return {
    ...server,
    userFile,
    end: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function upload(url: string, files: { name: string; bytes: Uint8Array }[]): Promise<Response> {
  const form = new FormData();
  for (const { name, bytes } of files)
    form.append("file", new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/pdf" }), name);
  return await fetch(`${url}/api/documents`, { method: "POST", body: form });
}

export const sampleBytes = (): Promise<Uint8Array> => readFile(samplePath);

/** A request with headers that `fetch` does not let a program set, such as Host. */
export function rawRequest(
  url: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> },
): Promise<{ status: number; body: string; headers: Record<string, string | string[] | undefined> }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, setHost: headers.host === undefined }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.on("error", reject).end();
  });
}
