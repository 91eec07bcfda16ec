import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { parentPort } from "node:worker_threads";
import { LoamError } from "@loam/core";
import type { CompiledGrammar, GrammarCompiler, GrammarMatcher } from "@mlc-ai/web-xgrammar";
import type { Constraint } from "./constraint.ts";
import { constraintGrammar } from "./constraint-grammar.ts";

type XGrammar = typeof import("@mlc-ai/web-xgrammar");

/** The vocabulary that texts are made of. */
export interface Vocabulary {
  tokens: string[];
  kind: "byte_level" | "byte_fallback";
  size: number;
  eosTokenIds: number[];
}

export type ConstraintTask =
  | { type: "open"; vocabulary: Vocabulary }
  /** Begins a text; `accepted` has been written already. */
  | { type: "start"; matcher: number; constraint: Constraint; accepted: readonly number[] }
  /** Which tokens may come, after `accepted`. */
  | { type: "mask"; matcher: number; accepted?: number }
  | { type: "close"; matcher: number };

export interface ConstraintReply {
  id: number;
  mask?: Int32Array;
  error?: { code: string; message: string; details: Record<string, unknown> };
}

const compiledAtMost = 64;
const compiled = new Map<string, Promise<CompiledGrammar>>();
const matchers = new Map<number, GrammarMatcher>();
let library: XGrammar | undefined;
let compiler: Promise<GrammarCompiler> | undefined;
let eosTokenIds: number[] = [];
let scratch: XGrammar | undefined;

async function work(task: ConstraintTask): Promise<Int32Array | undefined> {
  switch (task.type) {
    case "open": {
      library = loadXGrammar();
      const { tokens, kind, size } = task.vocabulary;
      eosTokenIds = task.vocabulary.eosTokenIds;
      const info = await library.TokenizerInfo.createTokenizerInfo(
        tokens,
        kind,
        kind === "byte_fallback",
        size,
        eosTokenIds,
      );
      compiler = library.GrammarCompiler.createGrammarCompiler(info);
      await compiler;
      return undefined;
    }
    case "start": {
      const matcher = await library!.GrammarMatcher.createGrammarMatcher(await grammarOf(task.constraint), eosTokenIds);
      for (const id of task.accepted) matcher.acceptToken(id);
      matchers.set(task.matcher, matcher);
      return undefined;
    }
    case "mask": {
      const matcher = matchers.get(task.matcher)!;
      if (task.accepted !== undefined) matcher.acceptToken(task.accepted);
      return Int32Array.from(await matcher.getNextTokenBitmask());
    }
    case "close":
      matchers.get(task.matcher)?.dispose();
      matchers.delete(task.matcher);
      return undefined;
  }
}

/** Compiled once; the ones used last are kept. */
function grammarOf(constraint: Constraint): Promise<CompiledGrammar> {
  const key = JSON.stringify(constraint);
  const known = compiled.get(key);
  if (known) {
    compiled.delete(key);
    compiled.set(key, known);
    return known;
  }
  const made = compile(constraint);
  compiled.set(key, made);
  made.catch(() => compiled.delete(key));
  if (compiled.size > compiledAtMost) compiled.delete(compiled.keys().next().value!);
  return made;
}

async function compile(constraint: Constraint): Promise<CompiledGrammar> {
  const grammar = constraintGrammar(constraint);
  await tryGrammar(grammar);
  return await (await compiler!).compileGrammar(grammar);
}

/** A grammar that XGrammar refuses aborts its whole WebAssembly instance, so each is tried first in one that may be lost. */
async function tryGrammar(grammar: string): Promise<void> {
  scratch ??= loadXGrammar();
  try {
    (await scratch.Grammar.fromEBNF(grammar)).dispose();
  } catch (cause) {
    scratch = undefined;
    throw new LoamError(
      "invalid_grammar",
      `The grammar cannot be compiled: ${cause instanceof Error ? cause.message : cause}.`,
      {
        status: 400,
        hint: 'correct the grammar; `type: "text"` takes any text',
      },
    );
  }
}

/**
 * A new instance of XGrammar. The package calls itself an ES module, but its one file is a CommonJS one that asks for
 * `module` by a dynamic import; it is evaluated as what it is.
 */
function loadXGrammar(): XGrammar {
  const require = createRequire(import.meta.url);
  const path = require.resolve("@mlc-ai/web-xgrammar");
  const source = readFileSync(path, "utf8").replaceAll(
    /import\(["']module["']\)/g,
    'Promise.resolve(require("node:module"))',
  );
  const module = { exports: {} as XGrammar };
  const evaluate = new Function("module", "exports", "require", "__filename", "__dirname", source);
  evaluate(module, module.exports, require, path, dirname(path));
  return module.exports;
}

let queue: Promise<void> = Promise.resolve();
parentPort!.on("message", ({ id, task }: { id: number; task: ConstraintTask }) => {
  // One after the other: a text's tokens come in order.
  queue = queue.then(async () => {
    const reply: ConstraintReply = { id };
    try {
      reply.mask = await work(task);
    } catch (error) {
      const { code = "internal_error", details = {} } = error as Partial<LoamError>;
      reply.error = { code, details, message: (error as Error).message };
    }
    parentPort!.postMessage(reply, reply.mask ? [reply.mask.buffer as ArrayBuffer] : []);
  });
});
