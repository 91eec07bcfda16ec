import { loadConfig } from "@loam/core";
import { openStore, storeOptions } from "@loam/store";
import type { Io } from "../../../terminal/io.ts";
import { untilStopped } from "../../../terminal/until-stopped.ts";
import { type FrontDoor, openFrontDoor } from "./front-door.ts";
import { KeptProcess } from "./kept-process.ts";

export interface RunUpOptions {
  home?: string;
  port?: number;
  servers: number;
  workers: number;
  io: Io;
}

/** Runs servers behind one address, and workers, until Ctrl-C. */
export async function runUp({ home, port, servers, workers, io }: RunUpOptions): Promise<void> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  // The embedded database has one owner, who must not be one of those that come and go.
  const store = config.databaseUrl ? undefined : await openStore(storeOptions(config));
  const own = store ? ["--home", store.home] : home ? ["--home", home] : [];
  const door = await openFrontDoor({ port: port ?? config.server.port });
  const inHouse: { servers: KeptProcess[]; workers: KeptProcess[] } = { servers: [], workers: [] };
  let count = 0;
  const newServer = () => serverProcess(`server ${++count}`, own, { door, io });
  const newWorker = () => workerProcess(`worker ${++count}`, own, io);
  try {
    inHouse.servers = Array.from({ length: servers }, newServer);
    inHouse.workers = Array.from({ length: workers }, newWorker);
    const started = [...inHouse.servers, ...inHouse.workers].map((one) => one.start());
    await Promise.race([Promise.all(started), untilStopped(io.signal)]);
    io.result(
      { url: door.url, servers, workers },
      () => `Loam is at ${door.url}: ${servers} servers, ${workers} workers`,
    );
    io.note("Ctrl-C ends all; SIGHUP replaces one after the other.");
    let replacing = Promise.resolve();
    const replace = () => {
      replacing = replacing.then(() => replaceAll(inHouse, { newServer, newWorker, io })).catch(() => {});
    };
    process.on("SIGHUP", replace);
    await untilStopped(io.signal);
    process.off("SIGHUP", replace);
    await replacing;
  } finally {
    await door.close();
    await Promise.all([...inHouse.servers, ...inHouse.workers].map((one) => one.stop()));
    await store?.close();
  }
}

/** A new one first, then the old one goes: at no time is there one less. */
async function replaceAll(
  inHouse: { servers: KeptProcess[]; workers: KeptProcess[] },
  { newServer, newWorker, io }: { newServer: () => KeptProcess; newWorker: () => KeptProcess; io: Io },
): Promise<void> {
  for (const [list, make] of [
    [inHouse.servers, newServer],
    [inHouse.workers, newWorker],
  ] as const)
    for (const i of list.keys()) {
      if (io.signal.aborted) return;
      const old = list[i]!;
      const next = make();
      await Promise.race([next.start(), untilStopped(io.signal)]);
      list[i] = next;
      await old.stop();
      io.note(`${next.name} has taken the place of ${old.name}.`);
    }
}

function serverProcess(name: string, own: readonly string[], { door, io }: { door: FrontDoor; io: Io }): KeptProcess {
  let url: string | undefined;
  const kept = new KeptProcess({
    name,
    args: ["serve", "--port", "0", "--work", "elsewhere", "--json", ...own],
    ready: (said) => /"url":\s*"([^"]+)"/.exec(said)?.[1],
    onReady: (found) => door.add((url = found)),
    onEnd: (how, lastWords) => {
      if (url) void door.remove(url, { withinMs: 0 });
      tellEnd(name, how, lastWords, io);
    },
  });
  // Asked to stop, it is first asked no more.
  const stop = kept.stop.bind(kept);
  kept.stop = async () => {
    if (url) await door.remove(url);
    await stop();
  };
  return kept;
}

const workerProcess = (name: string, own: readonly string[], io: Io): KeptProcess =>
  new KeptProcess({
    name,
    args: ["worker", ...own],
    onEnd: (how, lastWords) => tellEnd(name, how, lastWords, io),
  });

function tellEnd(name: string, how: string, lastWords: string, io: Io): void {
  if (io.signal.aborted || how === "SIGTERM" || how === "status 143" || how === "status 0") return;
  io.note(
    `${name} ended with ${how} and is started again.${lastWords ? ` Its last words: ${lastWords.slice(-300)}` : ""}`,
  );
}
