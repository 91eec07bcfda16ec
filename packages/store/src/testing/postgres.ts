import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "@loam/core";
import pg from "pg";

/** A throw-away Postgres server, on a Unix socket in a temporary folder. */
export interface Postgres {
  /** Creates an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server, as an administrator or a crash would: connections break, and none is taken until it is started again. */
  halt(how: "fast" | "crash"): Promise<void>;
  /** Starts it again, on the same data. */
  start(): Promise<void>;
  /** Stops the server at once and removes its folder. */
  stop(): Promise<void>;
}

/** The folder with `initdb` and `postgres`: `LOAM_POSTGRES_BIN`, the newest of Debian's, or one on the path. */
export function postgresBinaries(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...(env.LOAM_POSTGRES_BIN ? [env.LOAM_POSTGRES_BIN] : []),
    ...versions.map((version) => join(debian, version, "bin")),
    ...(env.PATH ?? "").split(delimiter),
  ].find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/**
 * Starts a server for tests, without durability; with `commits: "kept"` what was committed outlives its crash, not the machine's. It ends with this process, however that ends. Postgres refuses to
 * run as root, so root runs it as the user `postgres`.
 */
export async function startPostgres({ commits = "late" }: { commits?: "late" | "kept" } = {}): Promise<Postgres> {
  const binaries = postgresBinaries();
  if (!binaries) {
    throw new UnavailableError("Postgres", "initdb and postgres were found nowhere.", {
      hint: "install the package `postgresql`, or set LOAM_POSTGRES_BIN to the folder that holds them",
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "loam-pg-"));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const run = { ...user, cwd: folder, env: { ...process.env, LC_ALL: "C", TZ: "UTC" } };
  execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "loam", "-A", "trust", "-E", "UTF8", "--no-sync"], {
    ...run,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const settings = [
    "listen_addresses=",
    "fsync=off",
    `synchronous_commit=${commits === "kept" ? "on" : "off"}`,
    "shared_buffers=16MB",
  ];
  const server = [join(binaries, "postgres"), "-D", data, "-k", folder, ...settings.flatMap((each) => ["-c", each])];
  // The shell ends the server when its input ends, which it does when this process is gone, killed or not.
  const startServer = () =>
    spawn("/bin/sh", ["-c", '"$@" & cat >/dev/null; kill -INT $!; wait $!', "sh", ...server], {
      ...run,
      stdio: ["pipe", "ignore", "ignore"],
    });
  let child = startServer();
  const urlOf = (database: string) => `postgres://loam@/${database}?host=${encodeURIComponent(folder)}`;
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  await answers(urlOf("postgres")).catch(async (error) => {
    await stop();
    throw error;
  });
  let count = 0;
  return {
    createDatabase: async () => {
      const name = `loam_${++count}`;
      await inServer(urlOf("postgres"), `create database ${name}`);
      return urlOf(name);
    },
    halt: async (how) => {
      // An immediate shutdown leaves the data as a crash does: they are recovered from the log at the next start.
      const [pid] = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), how === "crash" ? "SIGQUIT" : "SIGINT");
      await end(child);
    },
    start: async () => {
      child = startServer();
      await answers(urlOf("postgres"));
    },
    stop,
  };
}

async function answers(url: string): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; ; await sleep(50)) {
    try {
      return await inServer(url, "select 1");
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
  }
}

async function inServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => {});
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin?.end();
  await ended;
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
