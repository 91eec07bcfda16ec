#!/usr/bin/env node
// Plain JavaScript without newer syntax: it must start on an old Node to say what is wrong.
import { spawnSync } from "node:child_process";
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
    const { status, signal } = spawnSync(pinned, process.argv.slice(1), { stdio: "inherit" });
    process.exitCode = signal ? 130 : (status ?? 1);
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
  const { main } = await import(inRepository ? source.href : new URL("../dist/main.js", import.meta.url).href);
  await main();
}
