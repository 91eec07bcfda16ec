import { InputError, type Row, show } from "@loam/core";
import type { Generation } from "@loam/models";
import { readLocatedExamples } from "../../data/dataset.ts";
import { type EncodedExample, ignoreIndex } from "../../data/encode.ts";
import { type Batch, collate } from "../../data/pack.ts";
import type { RowSet } from "../../data/row-set.ts";
import { mapTensors, toTensor } from "../../numbers/tensor-value.ts";
import { AdapterHost } from "../../running/adapter-host.ts";
import type { Objective, Recipe } from "../recipe/recipe.ts";
import type { TrainingState } from "../saving/checkpoints.ts";
import type { AdapterForm } from "../steps/adapter-form.ts";
import type { PreparedRun } from "../steps/prepare.ts";
import { advantagesOf, spreadOf } from "./advantages.ts";
import type { Reward } from "./reward.ts";

export interface RolloutParts {
  recipe: Recipe;
  run: PreparedRun;
  form: AdapterForm;
  reward: Reward;
  signal?: AbortSignal;
}

/** What a step learns from. */
export interface Rollout {
  batches: Batch[];
  /** Means over answers: the reward, its deviation within a group, and tokens. */
  told: { reward: number; rewardStd: number; answerTokens: number };
}

/** Answers that the adapter as it is writes to rows of the data, and what a reward says of them. */
export class Rollouts {
  readonly #parts: RolloutParts;
  readonly #objective: Extract<Objective, { type: "grpo" }>;
  readonly #host: AdapterHost;
  /** Rows as they stand in the files, by file and line: what rewards compare with. They are few enough to be kept. */
  #items: Promise<ReadonlyMap<string, Row>> | undefined;
  #loaded: { name: string; params: TrainingState["params"] } | undefined;

  constructor(parts: RolloutParts) {
    const { recipe, run } = parts;
    this.#parts = parts;
    this.#objective = recipe.objective as Extract<Objective, { type: "grpo" }>;
    this.#host = new AdapterHost(run.model, { device: recipe.device, threads: recipe.threads });
  }

  /**
   * A group of answers to each row, in micro-batches of whole groups. The same step and state write the same answers.
   *
   * @throws {InputError} `bad_reward` where a reward is no finite number.
   */
  async of(rows: RowSet, numbers: readonly number[], state: TrainingState): Promise<Rollout> {
    const { recipe, run } = this.#parts;
    const { group_size, iterations } = this.#objective;
    const { generations, rewards, prompts } = await this.#write(rows, numbers, state, group_size);
    const advantages = advantagesOf(rewards, group_size);
    const perMicroBatch = recipe.batch_size * group_size;
    const batches: Batch[] = [];
    for (let at = 0; at < generations.length; at += perMicroBatch) {
      const written = generations.slice(at, at + perMicroBatch);
      const examples = written.map(({ ids }, i) => joined(prompts[at + i]!, ids));
      const batch = collate(
        examples.map((example) => [example]),
        { padId: run.model.padTokenId },
      );
      batches.push({
        ...batch,
        written: {
          advantages: advantages.slice(at, at + perMicroBatch),
          ...(iterations > 1 && { old: oldOf(batch, written, prompts.slice(at, at + perMicroBatch)) }),
        },
      });
    }
    const groups = Array.from({ length: numbers.length }, (_, i) =>
      rewards.slice(i * group_size, (i + 1) * group_size),
    );
    return {
      batches,
      told: {
        reward: spreadOf(rewards).mean,
        rewardStd: spreadOf(groups.map((group) => spreadOf(group).deviation)).mean,
        answerTokens: spreadOf(generations.map(({ ids }) => ids.length)).mean,
      },
    };
  }

  /** The mean reward of answers to all rows of a set. */
  async evaluate(rows: RowSet, state: TrainingState): Promise<number> {
    const { batch_size } = this.#parts.recipe;
    const all: number[] = [];
    for (let at = 0; at < rows.length; at += batch_size) {
      const numbers = Array.from({ length: Math.min(batch_size, rows.length - at) }, (_, i) => at + i);
      all.push(...(await this.#write(rows, numbers, state, this.#objective.eval_answers)).rewards);
    }
    return spreadOf(all).mean;
  }

  async close(): Promise<void> {
    await this.#host.close();
  }

  async #write(
    rows: RowSet,
    numbers: readonly number[],
    state: TrainingState,
    answers: number,
  ): Promise<{ generations: Generation[]; rewards: readonly number[]; prompts: Int32Array[] }> {
    const { recipe, reward, signal } = this.#parts;
    const { max_new_tokens, iterations } = this.#objective;
    const items = await (this.#items ??= this.#readItems());
    const read = await Promise.all(numbers.map((row) => rows.read(row)));
    const repeated = numbers.flatMap((row, i) =>
      new Array<[number, Int32Array]>(answers).fill([row, read[i]![0]!.ids]),
    );
    const prompts = repeated.map(([, ids]) => ids);
    const generations = await this.#host.generate(
      prompts.map((ids) => Array.from(ids)),
      {
        ...{ adapter: await this.#load(state), maxNewTokens: max_new_tokens, temperature: 1, signal },
        seed: (recipe.seed * 7_919 + state.step * 104_729 + (numbers[0] ?? 0) * 1_299_709) % 2 ** 32,
        ...(iterations > 1 && { logprobs: 0 }),
      },
    );
    const rewards = await reward(
      generations.map(({ text, finishReason }, i) => {
        const [source] = rows.sourcesOf(repeated[i]![0]);
        return { item: items.get(`${source!.file}:${source!.line}`)!, text, finishReason: ended(finishReason) };
      }),
      { signal },
    );
    const wrong = rewards.length === generations.length ? rewards.find((one) => !Number.isFinite(one)) : rewards.length;
    if (wrong !== undefined) {
      throw new InputError("bad_reward", `A reward is ${show(wrong)}; expected a finite number for each answer.`, {
        details: { answers: generations.length, rewards: rewards.length },
        hint: "look at what judges the answers",
      });
    }
    return { generations, rewards, prompts };
  }

  /** The adapter as it is, in place of the one before it. @returns its name */
  async #load({ step, config, params }: TrainingState): Promise<string> {
    if (this.#loaded?.params === params) return this.#loaded.name;
    const { run, form } = this.#parts;
    const { method, base } = run;
    const tensors = mapTensors(form.floats(params), toTensor);
    const file = (await method.toFile?.(base, config, tensors)) ?? { config, tensors };
    const name = `step ${step} ${this.#loaded ? "on" : "first"}`;
    await this.#host.load(name, { method, ...file });
    // Only now, so that the compiled model is shared.
    if (this.#loaded) await this.#host.unload(this.#loaded.name);
    this.#loaded = { name, params };
    return name;
  }

  async #readItems(): Promise<Map<string, Row>> {
    const { data } = this.#parts.recipe;
    const items = new Map<string, Row>();
    const paths = [data.path, ...(data.eval_path === undefined ? [] : [data.eval_path])];
    for (const path of paths) {
      const { split, revision } = path === data.path ? data : {};
      const options = { toItem: (row: Row) => row, split, revision, signal: this.#parts.signal };
      for await (const { example, file, line } of readLocatedExamples<Row>(path, options))
        items.set(`${file}:${line}`, example);
    }
    return items;
  }
}

const ended = (reason: Generation["finishReason"]): "stop" | "length" => (reason === "stop" ? "stop" : "length");

function joined(prompt: Int32Array, answer: readonly number[]): EncodedExample {
  const ids = Int32Array.from([...prompt, ...answer]);
  const labels = ids.map((id, i) => (i < prompt.length ? ignoreIndex : id));
  return { ids, labels, truncated: 0 };
}

/** Log-probabilities of the tokens of answers when they were written, where they stand in a batch. */
function oldOf({ B, T }: Batch, generations: readonly Generation[], prompts: readonly Int32Array[]): Float32Array {
  const old = new Float32Array(B * T);
  for (const [row, { logprobs = [] }] of generations.entries())
    for (const [i, { logprob }] of logprobs.entries()) old[row * T + prompts[row]!.length + i] = logprob ?? 0;
  return old;
}
