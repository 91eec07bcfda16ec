import { ArgumentError, InputError, Rng, throwIfCancelled } from "@loam/core";
import { findNonFinite } from "../checkpoints/checkpoint.ts";
import type { DecoderModel } from "../model/model.ts";
import type { ChatTemplate } from "../tokenizers/chat-template.ts";
import { agreesInCompany, type Seat, SharedSteps } from "./company.ts";
import type { Constraint } from "./constraint.ts";
import { ConstraintCompiler, type TokenConstraint } from "./constraint-compiler.ts";
import {
  type Company,
  type DecoderSession,
  type DecoderSessionOptions,
  type DecodingState,
  openDecoderSession,
} from "./decoder-session.ts";
import {
  type FinishReason,
  type GenerateOptions,
  type Generation,
  type GeneratorWeights,
  type PromptRead,
  roomyWeights,
  type TextPart,
  type TokenLogprobs,
  type TokenScore,
} from "./generation.ts";
import { PrefixCache, pieceTokens } from "./prefix-cache.ts";
import {
  argmax,
  biasScores,
  checkSampling,
  draw,
  isGreedy,
  largest,
  logProbability,
  penalizeRepetition,
  penalizeWritten,
  warpScores,
} from "./sampling.ts";
import { Slots } from "./slots.ts";
import { TextStream } from "./text-stream.ts";

/** One token for each row that is still going. */
interface Step {
  row: number;
  id: number;
  logprobs?: TokenLogprobs;
}

/** A decoder that writes text. */
export class TextGenerator {
  readonly model: DecoderModel;
  readonly #session: DecoderSession;
  readonly #constraints: ConstraintCompiler;
  readonly #company: Company;
  readonly #slots: Slots;
  readonly #prefixes = new PrefixCache();
  /** The texts of this generator that are written at the same time; undefined where they would come out otherwise. */
  #shared: Promise<SharedSteps | undefined> | undefined;

  private constructor(
    session: DecoderSession,
    constraints: ConstraintCompiler,
    company: Company,
    slots: Slots,
    model: DecoderModel = session.model,
  ) {
    this.#slots = slots;
    this.model = model;
    this.#session = session;
    this.#constraints = constraints;
    this.#company = company;
  }

  /**
   * @param options.weights "roomy": packed where that leaves half of the free memory, so that texts written at the same time
   * are read together; else as they lie.
   */
  static async open(
    model: DecoderModel,
    { weights, ...options }: Omit<DecoderSessionOptions, "weights"> & GeneratorWeights = {},
  ): Promise<TextGenerator> {
    const chosen = weights === "roomy" ? roomyWeights(model, options) : weights;
    const session = await openDecoderSession(model, { ...options, ...(chosen && { weights: chosen }) });
    return new TextGenerator(session, new ConstraintCompiler(model), {}, new Slots());
  }

  /** A generator on the same session whose texts bring something else along; closing either closes both. */
  with(company: Company): TextGenerator {
    return new TextGenerator(this.#session, this.#constraints, company, this.#slots);
  }

  /** The same, with conversations in another form than the model's own. */
  withChatTemplate(chatTemplate: ChatTemplate): TextGenerator {
    const model = { ...this.model, chatTemplate };
    return new TextGenerator(this.#session, this.#constraints, this.#company, this.#slots, model);
  }

  /**
   * Texts or ids of prompts, continued side by side. Empty prompts need a model with a mark for the beginning.
   *
   * @param options.constraints one for each prompt, instead of `constraint` for all.
   */
  async generate(
    prompts: readonly (string | readonly number[])[],
    options: GenerateOptions & { constraints?: readonly (Constraint | undefined)[] } = {},
  ): Promise<Generation[]> {
    const rows = prompts.map((prompt) => this.#toIds(prompt));
    const { tokenizer } = this.model;
    const stop = options.stop ?? [];
    const streams = rows.map((row) => (tokenizer ? new TextStream(tokenizer, stop, row) : undefined));
    const results = rows.map(
      (row): Generation => ({ ids: [], text: "", finishReason: "length", promptTokens: row.length }),
    );
    const finish = (row: number, reason: FinishReason) => {
      results[row]!.finishReason = reason;
    };
    for await (const steps of this.#steps(rows, options, (row) => streams[row]?.stopped ?? false, finish)) {
      for (const { row, id, logprobs } of steps) {
        const result = results[row]!;
        result.ids.push(id);
        if (logprobs) (result.logprobs ??= []).push(logprobs);
        if (!this.#ends(id, options)) result.text += streams[row]?.push(id) ?? "";
      }
    }
    for (const [row, stream] of streams.entries()) results[row]!.text += stream?.finish() ?? "";
    return results;
  }

  /**
   * One prompt, continued piece by piece; returns how it ended. Leaving the loop stops the work. Prompts are read in pieces, of
   * which those that an earlier prompt began with are not read again.
   *
   * @throws {QueueFullError} when too many wait.
   */
  async *stream(
    prompt: string | readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<TextPart, Omit<Generation, "logprobs">> {
    const ids = this.#toIds(prompt);
    const { tokenizer } = this.model;
    if (!tokenizer)
      throw new ArgumentError(
        "model",
        this.model.name,
        "a model with a tokenizer",
        "use generate(), which returns ids",
      );
    const text = new TextStream(tokenizer, options.stop, ids);
    const result: Omit<Generation, "logprobs"> = {
      ids: [],
      text: "",
      finishReason: "length",
      promptTokens: ids.length,
    };
    const finish = (_: number, reason: FinishReason) => {
      result.finishReason = reason;
    };
    checkSampling(options);
    const free = await this.#slots.take(options);
    let seat: Seat | undefined;
    try {
      const prompt = await this.#read(ids, options.signal);
      result.cachedTokens = prompt.cachedTokens;
      const read = { ...prompt, state: this.#inCompany(prompt.state, (taken) => (seat = taken)) };
      for await (const [step] of this.#steps([ids], options, () => text.stopped, finish, read)) {
        const { id, logprobs } = step!;
        result.ids.push(id);
        const piece = this.#ends(id, options) ? "" : text.push(id);
        result.text += piece;
        if (piece || logprobs) yield { text: piece, id, logprobs };
      }
    } finally {
      seat?.leave();
      free();
    }
    if (text.stoppedBy !== undefined) result.stoppedBy = text.stoppedBy;
    const rest = text.finish();
    result.text += rest;
    if (rest) yield { text: rest, id: result.ids.at(-1)! };
    return result;
  }

  /** How probable each token of a text was after those before it; nothing precedes the first, whose `logprob` is null. */
  async score(
    prompt: string | readonly number[],
    { top = 0, signal }: { top?: number; signal?: AbortSignal } = {},
  ): Promise<TokenScore[]> {
    const ids = this.#toIds(prompt);
    const state = this.#session.start(1, this.#company);
    const scores: TokenScore[] = [{ id: ids[0]!, logprob: null, top: [] }];
    for (const [t, id] of ids.slice(1).entries()) {
      throwIfCancelled(signal, "Scoring");
      const [logits] = await state.read([[ids[t]!]], [[true]], { signal });
      const of = (token: number) => ({ id: token, logprob: logProbability(logits!, token) });
      scores.push({ ...of(id), top: largest(logits!, top).map(of) });
    }
    return scores;
  }

  async close(): Promise<void> {
    await this.#constraints.close();
    await this.#session.close();
  }

  #toIds(prompt: string | readonly number[]): readonly number[] {
    const { tokenizer, name, config } = this.model;
    if (typeof prompt === "string" && !tokenizer) {
      throw new ArgumentError("prompt", prompt, `token ids: ${name} has no tokenizer`);
    }
    const ids = typeof prompt === "string" ? tokenizer!.encode(prompt).ids : prompt;
    if (ids.length === 0) throw new ArgumentError("prompt", prompt, "at least one token");
    const outside = ids.find((id) => !(id >= 0 && id < config.vocabSize));
    if (outside !== undefined) {
      throw new ArgumentError(
        "prompt",
        outside,
        `ids from 0 to ${config.vocabSize - 1}`,
        "check that tokenizer and model belong together",
      );
    }
    if (ids.length > config.maxPositions) {
      throw new ArgumentError(
        "prompt",
        `${ids.length} tokens`,
        `at most ${config.maxPositions}, the model's context`,
        `shorten it by ${ids.length - config.maxPositions} tokens`,
      );
    }
    return ids;
  }

  #ends(id: number, { eosTokenIds = this.model.eosTokenIds }: GenerateOptions): boolean {
    return eosTokenIds.includes(id);
  }

  /** Reads a prompt in pieces, beginning behind what is known of it. */
  async #read(ids: readonly number[], signal: AbortSignal | undefined): Promise<PromptRead & { state: DecodingState }> {
    const fresh = this.#session.start(1, this.#company);
    const known = this.#prefixes.find(ids);
    const state = known ? await this.#session.resume(known.state, this.#company, fresh.length + known.count) : fresh;
    let at = known?.count ?? 0;
    let logits: Float32Array | undefined;
    while (at < ids.length) {
      throwIfCancelled(signal, "Generation");
      const piece = ids.slice(at, at + pieceTokens);
      [logits] = await state.read([piece], [piece.map(() => true)], { signal });
      at += piece.length;
      const isLastWhole = piece.length === pieceTokens && at + pieceTokens > ids.length;
      if (isLastWhole) this.#prefixes.add(ids.slice(0, at), await state.snapshot());
    }
    return { state, logits: logits!, cachedTokens: known?.count ?? 0 };
  }

  /** A conversation with one text that is read by itself while it is the only one, and with the others from then on. */
  #inCompany(own: DecodingState, onSeat: (seat: Seat) => void): PromptRead["state"] {
    let seat: Seat | undefined;
    const slots = this.#slots;
    return {
      get length() {
        return (seat ?? own).length;
      },
      keepRows: (rows) => own.keepRows(rows),
      read: async (ids, mask, options = {}) => {
        if (!seat && slots.busy > 1) {
          const shared = await (this.#shared ??= this.#shareSteps());
          seat = await shared?.join(await own.snapshot());
          if (seat) onSeat(seat);
        }
        return seat ? [await seat.read(ids[0]![0]!, options.signal)] : await own.read(ids, mask, options);
      },
    };
  }

  async #shareSteps(): Promise<SharedSteps | undefined> {
    const agrees = await agreesInCompany(this.#session, this.#company);
    return agrees ? new SharedSteps(this.#session, this.#company) : undefined;
  }

  /** Reads the prompts, padded on the left, then draws token after token until every row has ended. */
  async *#steps(
    prompts: readonly (readonly number[])[],
    options: GenerateOptions & { constraints?: readonly (Constraint | undefined)[] },
    stopped: (row: number) => boolean,
    finish: (row: number, reason: FinishReason) => void,
    read?: PromptRead,
  ): AsyncGenerator<Step[]> {
    checkSampling(options);
    const { maxNewTokens = Number.POSITIVE_INFINITY, signal } = options;
    const { config, padTokenId } = this.model;
    const width = Math.max(...prompts.map((ids) => ids.length));
    const padded = prompts.map((ids) => [...new Array<number>(width - ids.length).fill(padTokenId), ...ids]);
    const mask = prompts.map((ids) => Array.from({ length: width }, (_, t) => t >= width - ids.length));
    const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    const rngs = prompts.map((_, row) => new Rng(seed + row));
    const constraints = await Promise.all(
      prompts.map((_, row) => {
        const constraint = options.constraints ? options.constraints[row] : options.constraint;
        return constraint && this.#constraints.start(constraint);
      }),
    );
    try {
      const state = read?.state ?? this.#session.start(prompts.length, this.#company);
      let active = prompts.map((_, row) => row);
      let columns: number[][] = padded;
      let columnMask: boolean[][] = mask;
      for (let count = 0; count < maxNewTokens && active.length > 0; count++) {
        throwIfCancelled(signal, "Generation");
        const logits = read && count === 0 ? [read.logits] : await state.read(columns, columnMask, { signal });
        const steps: Step[] = [];
        for (const [i, row] of active.entries()) {
          const history = { seen: padded[row]!, promptColumns: width };
          steps.push(await this.#choose(row, logits[i]!, history, rngs[row]!, constraints[row], options));
          padded[row]!.push(steps.at(-1)!.id);
        }
        yield steps;
        const going = active.flatMap((row, i) => {
          const ended = this.#ends(steps[i]!.id, options) || stopped(row);
          if (ended) finish(row, "stop");
          return ended ? [] : [i];
        });
        if (going.length === 0 || state.length + 1 > config.maxPositions) return;
        if (going.length < active.length) state.keepRows(going);
        columns = going.map((i) => [steps[i]!.id]);
        columnMask = going.map(() => [true]);
        active = going.map((i) => active[i]!);
      }
    } finally {
      for (const constraint of constraints) constraint?.close();
    }
  }

  /** Names the weight that is to blame, if one is. */
  async #nanError(): Promise<InputError> {
    const { checkpoint, name } = this.model;
    const found = await findNonFinite(checkpoint);
    return new InputError(
      "nan_logits",
      `${name} gave NaN for a next token${found ? `: tensor "${found.tensor}" holds ${found.value} at ${found.index}` : ""}.`,
      {
        details: { ...found },
        hint: found
          ? "download the checkpoint again, or train it with a lower learning rate"
          : "check the adapter's weights",
      },
    );
  }

  async #choose(
    row: number,
    logits: Float32Array,
    { seen, promptColumns }: { seen: readonly number[]; promptColumns: number },
    rng: Rng,
    constraint: TokenConstraint | undefined,
    options: GenerateOptions,
  ): Promise<Step> {
    if (logits.some(Number.isNaN)) throw await this.#nanError();
    const scores = logits.slice();
    penalizeRepetition(scores, seen, options.repetitionPenalty ?? 1);
    penalizeWritten(scores, seen.slice(promptColumns), options);
    biasScores(scores, options.logitBias);
    await constraint?.mask(scores);
    let id: number;
    if (isGreedy(options)) id = argmax(scores);
    else {
      warpScores(scores, options);
      id = draw(scores, rng);
    }
    constraint?.accept(id);
    if (options.logprobs === undefined) return { row, id };
    const of = (token: number) => ({ id: token, logprob: logProbability(logits, token) });
    return { row, id, logprobs: { ...of(id), top: largest(logits, options.logprobs).map(of) } };
  }
}
