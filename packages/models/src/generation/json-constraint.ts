import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { ArgumentError } from "@loam/core";
import type { GrammarCompiler, GrammarMatcher } from "@mlc-ai/web-xgrammar";
import type { DecoderModel } from "../model.ts";

type XGrammar = typeof import("@mlc-ai/web-xgrammar");

/** What generated text must look like: JSON of a schema, any JSON, or an EBNF grammar in XGrammar's notation. */
export type Constraint = { schema: Record<string, unknown> } | { json: true } | { grammar: string };

/** Follows one text through a grammar and says which tokens may come next (XGrammar, arXiv:2411.15100). */
export interface TokenConstraint {
  /** Sets the scores of tokens that would leave the grammar to -∞, in place. */
  mask(scores: Float32Array): Promise<void>;
  accept(id: number): void;
  close(): void;
}

/** Compiles constraints for one model; the vocabulary is read once. */
export class ConstraintCompiler {
  readonly #model: DecoderModel;
  #compiler: Promise<{ library: XGrammar; compiler: GrammarCompiler }> | undefined;

  constructor(model: DecoderModel) {
    this.#model = model;
  }

  /** @throws {ArgumentError} with XGrammar's words when the schema or grammar cannot be compiled. */
  async start(constraint: Constraint): Promise<TokenConstraint> {
    await checkConstraint(constraint);
    this.#compiler ??= this.#openCompiler();
    const { library, compiler } = await this.#compiler;
    const compiled = await compileConstraint(compiler, constraint);
    const matcher: GrammarMatcher = await library.GrammarMatcher.createGrammarMatcher(compiled, [
      ...this.#model.eosTokenIds,
    ]);
    return {
      async mask(scores) {
        const allowed = await matcher.getNextTokenBitmask();
        for (let id = 0; id < scores.length; id++) {
          if (!((allowed[id >> 5]! >> (id & 31)) & 1)) scores[id] = -Infinity;
        }
      },
      accept: (id) => void matcher.acceptToken(id),
      close() {
        matcher.dispose();
        compiled.dispose();
      },
    };
  }

  async #openCompiler() {
    const { tokenizer, config, eosTokenIds } = this.#model;
    if (!tokenizer) throw new ArgumentError("constraint", "given", "none: the model has no tokenizer");
    const library = loadXGrammar();
    const vocabulary = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.token(id) ?? "");
    const kind = tokenizer.pieces === "bytes" ? "byte_level" : "byte_fallback";
    const info = await library.TokenizerInfo.createTokenizerInfo(
      vocabulary,
      kind,
      kind === "byte_fallback",
      Math.max(config.vocabSize, vocabulary.length),
      [...eosTokenIds],
    );
    return { library, compiler: await library.GrammarCompiler.createGrammarCompiler(info) };
  }
}

/** Properties in the order of the schema, one line, Python's separators: what models were trained to write. */
const layout = [false, -1, [", ", ": "]] as [boolean, number, [string, string]];

const compileConstraint = (compiler: GrammarCompiler, constraint: Constraint) => {
  if ("grammar" in constraint) return compiler.compileGrammar(constraint.grammar);
  if ("json" in constraint) return compiler.compileBuiltinJSONGrammar();
  return compiler.compileJSONSchema(JSON.stringify(constraint.schema), ...layout);
};

/**
 * A grammar that XGrammar refuses aborts its whole WebAssembly instance, so each is tried first in one that may be lost.
 *
 * @throws {ArgumentError} when the schema or grammar cannot be compiled.
 */
async function checkConstraint(constraint: Constraint): Promise<void> {
  if ("json" in constraint) return;
  scratch ??= loadXGrammar();
  try {
    const { Grammar } = scratch;
    const grammar =
      "grammar" in constraint
        ? await Grammar.fromEBNF(constraint.grammar)
        : await Grammar.fromJSONSchema(JSON.stringify(constraint.schema), ...layout);
    grammar.dispose();
  } catch (cause) {
    scratch = undefined;
    throw new ArgumentError(
      "constraint",
      constraint,
      "a JSON schema or EBNF grammar that XGrammar can compile",
      cause instanceof Error ? cause.message : undefined,
    );
  }
}

let scratch: XGrammar | undefined;

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
