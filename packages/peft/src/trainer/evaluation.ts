import type { Batch } from "../data/pack.ts";
import { mapTensors, toTensor } from "../numbers/tensor-value.ts";
import { adaptedGenerator } from "../running/adapted-generator.ts";
import { promptText } from "./example-segments.ts";
import type { Recipe } from "./recipe/recipe.ts";
import { toldAs } from "./records/metric-names.ts";
import type { RunRecorder } from "./records/recorder.ts";
import type { Rollouts } from "./reinforcement/rollouts.ts";
import type { TrainingState } from "./saving/checkpoints.ts";
import { type AdapterForm, shapesOf } from "./steps/adapter-form.ts";
import { type Scorer, scoreAnswers } from "./steps/answers.ts";
import { compileEvaluator } from "./steps/evaluate.ts";
import type { PreparedRun } from "./steps/prepare.ts";
import { compileTokenScorer, type TokenScorer } from "./steps/score-tokens.ts";
import type { TrainingData } from "./training-data.ts";

/** What an evaluation works with. */
export interface EvaluationParts {
  recipe: Recipe;
  run: PreparedRun;
  data: TrainingData;
  form: AdapterForm;
  recorder: Required<RunRecorder>;
  /** What preferences are measured against where that is not the base. */
  reference?: TrainingState["params"];
  /** Where rewards are learned from. */
  rollouts?: Rollouts;
  scorers?: Readonly<Record<string, Scorer>>;
  signal?: AbortSignal;
}

/** The adapter as it is, asked on the evaluation split and on the sample prompts; what comes of it is recorded. */
export class Evaluation {
  readonly #parts: EvaluationParts;
  /** Where the recipe asks for the share of tokens that are ranked first. */
  #scorer: TokenScorer | undefined;

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
  }

  /** The loss on the evaluation split, in nats a token; undefined without a split, and where it is a reward that is told. */
  async loss(state: TrainingState): Promise<number | undefined> {
    const { config, step, params: kept } = state;
    const { recipe, run, data, form, recorder, reference, rollouts, signal } = this.#parts;
    if (data.eval.length === 0) return undefined;
    if (rollouts) {
      await recorder.metrics(step, { "eval/reward": await rollouts.evaluate(data.eval, state) });
      return undefined;
    }
    const { device, threads, objective, token_accuracy } = recipe;
    const params = form.floats(kept);
    const evaluator = await compileEvaluator(run.base, run.method, config, shapesOf(params), {
      ...{ device, threads, objective, reference },
    });
    let found: { loss: number; told: Record<string, number> };
    try {
      found = await evaluator.evaluate(params, this.#batches(), { signal });
    } finally {
      await evaluator.close();
    }
    const scored = token_accuracy ? await this.scoreTokens({ config, params: kept }, this.#batches()) : undefined;
    await recorder.metrics(step, {
      "eval/loss": found.loss,
      ...toldAs("eval", found.told),
      ...(scored && { "eval/token_accuracy": scored.accuracy }),
    });
    return found.loss;
  }

  /** Answers to the sample prompts and to rows of the evaluation split, with their scores. */
  async samples({ config, step, params: kept }: TrainingState): Promise<void> {
    const { recipe, run, data, form, recorder, scorers = {}, signal } = this.#parts;
    const { device, threads, sample_prompts, sample_tokens, eval_generate } = recipe;
    const answered = Math.min(eval_generate, data.eval.length);
    if (sample_prompts.length === 0 && answered === 0) return;
    const params = mapTensors(form.floats(kept), toTensor);
    const generator = await adaptedGenerator(run.base, run.method, config, params, { device, threads });
    try {
      const texts = sample_prompts.map((prompt) => promptText(run.model, prompt, recipe.data.template));
      const options = { maxNewTokens: sample_tokens, signal };
      if (texts.length > 0)
        for (const [i, { text }] of (await generator.generate(texts, options)).entries())
          await recorder.text(step, `sample/${i}`, `${sample_prompts[i]}\n\n${text}`);
      if (answered === 0) return;
      const { answers, scores } = await scoreAnswers(generator, data.eval, { ...options, rows: answered, scorers });
      for (const [i, { prompt, answer, reference }] of answers.entries())
        await recorder.text(step, `eval/${i}`, `${prompt}\n\n${answer}\n\n— ${reference}`);
      const named = Object.entries(scores).map(([name, score]) => [`eval/${name}`, score]);
      if (named.length > 0) await recorder.metrics(step, Object.fromEntries(named));
    } finally {
      await generator.close();
    }
  }

  /** How well the adapter as it is foresees the tokens of batches, without dropout or noise. */
  async scoreTokens(
    { config, params: kept }: Pick<TrainingState, "config" | "params">,
    batches: Iterable<Batch> | AsyncIterable<Batch>,
  ): ReturnType<TokenScorer["score"]> {
    const { recipe, run, form, signal } = this.#parts;
    const { device, threads, data } = recipe;
    const params = form.floats(kept);
    this.#scorer ??= await compileTokenScorer(run.base, run.method, config, shapesOf(params), {
      ...{ packed: data.packing !== false, device, threads },
    });
    return await this.#scorer.score(params, batches, { signal });
  }

  /** Frees what was compiled; the next evaluation compiles it anew. */
  async close(): Promise<void> {
    const scorer = this.#scorer;
    this.#scorer = undefined;
    await scorer?.close();
  }

  async *#batches(): AsyncGenerator<Batch> {
    const { recipe, run, data } = this.#parts;
    const rows = data.eval;
    for (let i = 0; i < rows.length; i += recipe.batch_size) {
      const rest = rows.length - i;
      // A judged answer alone has no other to be compared with: the last one goes with those before it.
      const isLast = rest === recipe.batch_size + 1 && rows.isJudged;
      const length = isLast ? rest : Math.min(recipe.batch_size, rest);
      const examples = await Promise.all(Array.from({ length }, (_, k) => rows.read(i + k)));
      if (isLast) i++;
      yield rows.collate(examples, { padId: run.model.padTokenId });
    }
  }
}
