#!/usr/bin/env node
// Plain JavaScript without newer syntax: it must start on an old Node to say what is wrong.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const source = new URL("../src/main.ts", import.meta.url);
const inRepository = existsSync(fileURLToPath(source));
const [major, minor] = process.versions.node.split(".").map(Number);
// TypeScript runs as it is from 22.18 on.
const isTooOld = inRepository ? major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6) : major < 22;

if (isTooOld) {
  const pinned = fileURLToPath(new URL("../../../node_modules/node/bin/node", import.meta.url));
  if (inRepository && existsSync(pinned)) {
    runWith(pinned);
  } else {
    const needed = inRepository ? "22.18" : "22";
    const remedy = inRepository
      ? "Run `npm install` in the repository, which brings its own Node."
      : "Install a newer one from https://nodejs.org.";
    process.stderr.write(`loam needs Node ${needed} or newer; this is ${process.version}. ${remedy}\n`);
    process.exitCode = 2;
  }
} else {
  if (module.enableCompileCache) module.enableCompileCache();
  const { resolveQuickly } = await import("./quick-resolve.js");
  resolveQuickly();
  const { main } = await import(inRepository ? source.href : new URL("../dist/main.js", import.meta.url).href);
  await main();
}

/** Runs the same command line on another Node, as if it were this process: terminal, signals and exit code pass through. */
function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  // What is typed at a terminal reaches both processes by itself; twice would mean "at once".
  const signals = ["SIGTERM", "SIGHUP", "SIGUSR2"].concat(process.stdin.isTTY ? [] : ["SIGINT", "SIGQUIT"]);
  for (const signal of signals) process.on(signal, forward);
  if (process.stdin.isTTY) process.on("SIGINT", () => {}); // the child decides
  child.on("error", (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (status, signal) => {
    if (!signal) process.exit(status === null ? 1 : status);
    for (const name of signals) process.off(name, forward);
    process.kill(process.pid, signal);
  });
}
