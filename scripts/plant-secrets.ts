import { spawn } from "node:child_process";
import { once } from "node:events";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tinyChatModel } from "@loam/models/testing";
import { openStore } from "@loam/store";
import { partOf, plantSecrets } from "../packages/observe/test/planted-secrets.ts";
import { keptRoads, type Road, roads, storedTexts } from "../packages/server/test/secret-roads.ts";

/**
 * `npm run plant-secrets -- --seed 1 [--file FILE]`: secrets of every kind, none real, by every road into the store of a
 * server, then a search of its tables, its files and its log for them. FILE has more of them, one a line, which are looked
 * for as they are. The exit code is 1 when one was found.
 */
const { values } = parseArgs({ options: { seed: { type: "string" }, file: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const given = values.file ? (await readFile(values.file, "utf8")).split("\n").filter((line) => line.length > 7) : [];

const home = await mkdtemp(join(tmpdir(), "loam-planted-"));
const model = tinyChatModel();
const program = join(import.meta.dirname, "../packages/server/test/served-process.ts");
const child = spawn(process.execPath, [program, home, model], { stdio: ["ignore", "pipe", "pipe"] });
let log = "";
child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
const [line] = (await once(child.stdout, "data")) as [Buffer];
const url = line.toString().trim();

interface Sent {
  road: string;
  kind: string;
  part: string;
  /** Tables in which what a person saved on purpose stands. */
  kept: RegExp | undefined;
}
const sent: Sent[] = [];
const started = performance.now();

/** What is asked of a model is an object that its user keeps; what is recorded of the call is not. */
const chat = async (url: string, texts: readonly string[]) => {
  const statuses: number[] = [];
  for (const text of texts)
    for (const [path, body] of [
      ["chat/completions", { messages: [{ role: "user", content: text }], max_tokens: 1 }],
      ["responses", { input: text, max_output_tokens: 1, store: false }],
      ["embeddings", { input: text, model: "none" }],
    ] as const) {
      const response = await fetch(`${url}/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer planted" },
        body: JSON.stringify({ model: `local:${model}`, ...body }),
      });
      await response.text();
      statuses.push(response.status);
    }
  return statuses;
};
const all: [string, { take: Road; kept?: RegExp }][] = [
  ...Object.entries(roads).map(([road, take]): [string, { take: Road }] => [road, { take }]),
  ...Object.entries(keptRoads),
  ["openai: calls", { take: chat, kept: /^(?!spans|traces)/ }],
];
for (const [i, [road, { take, kept }]] of all.entries()) {
  const secrets = plantSecrets(seed * 1000 + i);
  for (const { kind, secret } of secrets) sent.push({ road, kind, part: partOf(secret), kept });
  const statuses = await take(url, [...secrets.map(({ text }) => text), ...given]);
  const counts = Object.entries(Object.groupBy(statuses, String)).map(([status, of]) => `${of!.length} × ${status}`);
  const seconds = (performance.now() - started) / 1000;
  const left = (seconds / (i + 1)) * (all.length - i - 1);
  console.error(`${i + 1}/${all.length} ${road}: ${counts.join(", ")}; ${Math.round(left)} s left`);
}
// Spans of calls are written a moment later.
await new Promise((resolve) => setTimeout(resolve, 3000));
const ended = once(child, "exit");
child.kill("SIGTERM");
await ended;

const found = new Map<string, number>();
// Some kinds begin alike whoever makes them: what one road keeps on purpose is not another's.
const keptParts = Map.groupBy(
  sent.filter(({ kept }) => kept),
  ({ part }) => part,
);
const look = (where: string, text: string) => {
  for (const { road, kind, part, kept } of sent)
    if (text.includes(part) && !(keptParts.get(part) ?? [{ kept }]).some((each) => each.kept?.test(where)))
      found.set(`${road}: ${kind} in ${where}`, (found.get(`${road}: ${kind} in ${where}`) ?? 0) + 1);
  for (const each of given)
    if (text.includes(each))
      found.set(
        `given: ${each.slice(0, 12)}… in ${where}`,
        (found.get(`given: ${each.slice(0, 12)}… in ${where}`) ?? 0) + 1,
      );
};
look("log", log);
const store = await openStore({ home: join(home, "home") });
for await (const { table, row } of storedTexts(store)) look(table, row);
await store.close();
let files = 0;
for await (const path of glob("**/blobs/**/*", { cwd: join(home, "home"), withFileTypes: true })) {
  if (!path.isFile()) continue;
  files++;
  look("files", await readFile(join(path.parentPath, path.name), "utf8"));
}
for (const [where, count] of found) console.log(`${where} (${count})`);
console.log(
  `${sent.length} secrets of ${plantSecrets(1).length} kinds by ${all.length} roads: ${found.size} found in tables, ${files} files and the log`,
);
await rm(home, { recursive: true, force: true });
await rm(model, { recursive: true, force: true });
process.exit(found.size > 0 ? 1 : 0);
