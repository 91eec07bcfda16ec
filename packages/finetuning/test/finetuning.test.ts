import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRun, type Run, runSeries, runTextsOf } from "@loam/observe";
import { eventually } from "@loam/store/testing";
import { runWorker, type WorkControls, type Worker } from "@loam/work";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adapterFiles,
  addDataset,
  addSampleDataset,
  cancelTuneRun,
  type Dataset,
  deleteAdapter,
  deleteDataset,
  deleteTuneRun,
  exportKinds,
  getAdapter,
  Helper,
  listAdapters,
  listBases,
  listDatasets,
  makeSmallBase,
  resolveDraft,
  resumeTuneRun,
  SideBySide,
  startTuneRun,
  tarOf,
  toDraft,
  trainKind,
} from "../src/index.ts";
import { colourRows, openWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
let worker: Worker;
let colours: Dataset;

beforeAll(async () => {
  place = await openWorkplace();
  worker = runWorker(place.store, [trainKind(place.store)]);
  colours = await addDataset(place.folders, { name: "colours.jsonl", bytes: Buffer.from(colourRows) });
});
afterAll(async () => {
  await worker?.stop();
  await place?.end();
});

const draft = (output: string, more: Record<string, unknown> = {}) => ({
  model: "home/tiny",
  method: { peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: "all-linear" },
  data: { path: colours.id, template: "plain", max_tokens: 64, eval_share: 0.25 },
  optimizer: { learning_rate: 5e-3 },
  batch_size: 2,
  max_steps: 12,
  eval_every_steps: 6,
  checkpoint_every_steps: 4,
  sample_prompts: ["Say colour 3."],
  sample_tokens: 4,
  threads: 1,
  output,
  ...more,
});
const ended = (id: string): Promise<Run> =>
  eventually(async () => {
    const run = await getRun(place.store, id);
    return run.status === "queued" || run.status === "running" ? undefined : run;
  });

describe("datasets", () => {
  test("a file is read through when it is added, and says what it holds", async () => {
    const bytes = Buffer.from(`${colourRows}{"instruction": "no answer"}\n`);
    const dataset = await addDataset(place.folders, { name: "颜色.jsonl", bytes });
    expect(dataset).toMatchObject({ name: "颜色.jsonl", rows: 8, skipped: 1, kinds: ["instruction"] });
    expect(dataset.problems).toEqual([{ line: 9, reason: expect.stringContaining("instruction") }]);
    expect((await listDatasets(place.folders)).map(({ id }) => id)).toContain(dataset.id);
    await deleteDataset(place.folders, dataset.id);
    await expect(deleteDataset(place.folders, dataset.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("what cannot be learned from is refused with the reason, and leaves nothing behind", async () => {
    const before = readdirSync(place.folders.datasets);
    await expect(
      addDataset(place.folders, { name: "x.jsonl", bytes: Buffer.from('{"question": "why?"}\n') }),
    ).rejects.toThrow(/x\.jsonl holds nothing to learn from: 1 rows read.*Line 1/);
    const pairs = Buffer.from(
      '{"prompt": "Say.", "chosen": "yes", "rejected": "no"}\n{"prompt": "Say.", "chosen": "yes"}\n',
    );
    const preferences = await addDataset(place.folders, { name: "pairs.jsonl", bytes: pairs });
    expect(preferences).toMatchObject({ rows: 1, skipped: 1, problems: [{ line: 2 }] });
    expect(preferences.problems[0]!.reason).toContain("`rejected`");
    await deleteDataset(place.folders, preferences.id);
    await expect(addDataset(place.folders, { name: "x.exe", bytes: Buffer.from("MZ") })).rejects.toMatchObject({
      code: "unknown_format",
    });
    expect(readdirSync(place.folders.datasets)).toEqual(before);
  });

  test("the sample can be learned from as a whole", async () => {
    const sample = await addSampleDataset(place.folders);
    expect(sample).toMatchObject({ rows: 32, skipped: 0 });
    await deleteDataset(place.folders, sample.id);
  });
});

describe("drafts", () => {
  test("a base, a dataset and an adapter are named by id; nothing else is a way into the file system", async () => {
    const recipe = await resolveDraft(place.folders, draft("fine"));
    expect(recipe.output).toBe(join(place.folders.adapters, "fine"));
    expect(toDraft(place.folders, recipe)).toMatchObject({
      model: "home/tiny",
      data: { path: colours.id },
      output: "fine",
    });
    for (const bad of [
      draft("../escape"),
      draft("a/b"),
      draft("fine", { model: "/etc" }),
      draft("fine", { model: "home/../datasets" }),
      draft("fine", { model: "packages/store" }), // a folder that is there
      draft("fine", { data: { path: "/etc/passwd" } }),
      draft("fine", { data: { path: `${colours.id}/../${colours.id}` } }),
      draft("fine", { method: { peft_type: "LORA", target_modules: "all-linear", weights: "/etc/passwd" } }),
    ])
      await expect(resolveDraft(place.folders, bad), JSON.stringify(bad)).rejects.toMatchObject({
        code: expect.stringMatching(/^(bad_name|bad_base|bad_recipe|not_found)$/),
      });
  });

  test("a misspelt field is named with the nearest one", async () => {
    await expect(resolveDraft(place.folders, { ...draft("x"), batch_sise: 2 })).rejects.toThrow(/batch_size/);
  });

  test("bases are the decoders of the home folder", async () => {
    const [tiny] = await listBases(place.folders);
    expect(tiny).toMatchObject({ id: "home/tiny", source: "home", hasChatTemplate: true, layers: 2 });
  });
});

describe("the helper", () => {
  const helper = new Helper();
  afterAll(() => helper.close());

  test("counts what a recipe takes, with a time for each step and what to look at", async () => {
    const recipe = await resolveDraft(place.folders, draft("counted"));
    const counted = await helper.forecast(recipe);
    expect(counted.steps).toBe(12);
    expect(counted.trainableParameters).toBeGreaterThan(1000);
    expect(counted.secondsPerStep).toBeGreaterThan(0);
    expect(counted.warnings.map(({ name }) => name)).toEqual(["few_rows"]);
  });

  test("renders rows with the part that is not learned apart", async () => {
    const { data, model } = await resolveDraft(place.folders, draft("shown"));
    const [alpaca] = await helper.preview({ model, path: data.path, template: "alpaca", maxTokens: 16, rows: 1 });
    expect(alpaca!.segments.map(({ supervised }) => supervised)).toEqual([false, true]);
    expect(alpaca!.segments[0]!.text).toContain("### Instruction:\nSay colour 0.");
    expect(alpaca!.segments[1]!.text).toBe("red");
    expect(alpaca!.truncatedTokens).toBeGreaterThan(0);
    const [chat] = await helper.preview({ model, path: data.path, template: "chat", maxTokens: 64, rows: 1 });
    expect(chat!.segments[0]!.text).toContain("<|im_start|>user");
  });

  test("an error comes back as it was thrown", async () => {
    const recipe = await resolveDraft(
      place.folders,
      draft("x", { method: { peft_type: "LORA", target_modules: ["qproj"] } }),
    );
    await expect(helper.forecast(recipe)).rejects.toMatchObject({ code: "no_target", status: 400 });
  });
});

describe("a run", () => {
  test("is trained by the worker, written down step by step, and leaves an adapter to use", async () => {
    const started = await startTuneRun(place.store, place.folders, draft("colours"));
    expect(started.status).toBe("queued");
    await expect(startTuneRun(place.store, place.folders, draft("colours"))).rejects.toMatchObject({
      code: "name_taken",
    });
    const run = await ended(started.id);
    expect(run).toMatchObject({ status: "finished", error: null, progress: { task: "train", done: 12, total: 12 } });
    expect(run.summary).toMatchObject({ steps: 12, trainableParameters: expect.any(Number) });
    expect(run.summary.peakMemoryBytes).toBeGreaterThan(50e6);
    const series = await runSeries(place.store, run.id);
    expect(series["train/loss"]).toHaveLength(12);
    expect(series["train/loss"]!.at(-1)!.value).toBeLessThan(series["train/loss"]![0]!.value);
    expect(series["eval/loss"]!.map(({ step }) => step)).toEqual([6, 12]);
    expect((await runTextsOf(place.store, run.id)).map(({ step, tag }) => [step, tag])).toEqual([
      [6, "sample/0"],
      [12, "sample/0"],
    ]);
    expect(await listAdapters(place.folders)).toMatchObject([{ id: "colours", method: "LORA", base: "home/tiny" }]);
  });

  test("answers beside its base, each column by itself", async () => {
    const sideBySide = new SideBySide(place.folders);
    const texts: Record<number, string> = {};
    const failed: number[] = [];
    const ask = {
      base: "home/tiny",
      question: "Say colour 3.",
      template: "plain",
      temperature: 0,
      maxNewTokens: 5,
    } as const;
    const columns = [null, "colours", "no-such"];
    for await (const event of sideBySide.ask({ ...ask, columns }, { signal: new AbortController().signal })) {
      if (event.type === "delta") texts[event.column] = (texts[event.column] ?? "") + event.text;
      if (event.type === "error") failed.push(event.column);
    }
    await sideBySide.close();
    expect(failed).toEqual([2]);
    expect(texts[1]).not.toBe(texts[0]);
  });

  test("an export that is cancelled leaves nothing; one that was broken off writes over what it had begun", async () => {
    const [merge] = exportKinds(place.folders);
    const input = { base: "home/tiny", adapters: ["colours"], output: "merged" };
    const run = (signal: AbortSignal, checkpoint: unknown) => {
      const written: unknown[] = [checkpoint];
      const keep = { value: checkpoint, write: async (value: unknown) => void written.push(value) };
      const controls = { signal, checkpoint: keep, progress: () => {}, emit: () => {} };
      return merge!.run(merge!.parse(input), controls as unknown as WorkControls).then(() => written.at(-1));
    };
    const stop = new AbortController();
    const cancelled = run(stop.signal, undefined);
    setTimeout(() => stop.abort(), 100);
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(place.folders.models)).toEqual(["tiny"]);
    const { signal } = new AbortController();
    const checkpoint = await run(signal, undefined);
    expect(readdirSync(place.folders.models)).toEqual(["merged", "tiny"]);
    await expect(run(signal, undefined)).rejects.toMatchObject({ code: "name_taken" });
    await run(signal, checkpoint);
    expect(readdirSync(place.folders.models)).toEqual(["merged", "tiny"]);
    rmSync(join(place.folders.models, "merged"), { recursive: true });
  });

  test("an adapter is packed into an archive that tar reads, and deleted by its name", async () => {
    const detail = await getAdapter(place.folders, "colours");
    expect(detail.files.map(({ name }) => name)).toContain("adapter_model.safetensors");
    const folder = mkdtempSync(join(tmpdir(), "loam-tar-"));
    const archive = join(folder, "colours.tar");
    writeFileSync(archive, Buffer.concat(await Array.fromAsync(tarOf(await adapterFiles(place.folders, "colours")))));
    execFileSync("tar", ["-xf", archive, "-C", folder]);
    expect(readFileSync(join(folder, "adapter/adapter_config.json"), "utf8")).toBe(
      readFileSync(join(place.folders.adapters, "colours/adapter_config.json"), "utf8"),
    );
    rmSync(folder, { recursive: true });
    await deleteAdapter(place.folders, "colours");
    expect(await listAdapters(place.folders)).toEqual([]);
  });

  test("cancelled, it saves where it is; resumed, it goes on from there", async () => {
    const { id } = await startTuneRun(
      place.store,
      place.folders,
      draft("long", { max_steps: 300, eval_every_steps: 1000 }),
    );
    const steps = async () => (await runSeries(place.store, id))["train/loss"]?.length ?? 0;
    await eventually(async () => ((await steps()) > 5 ? true : undefined));
    await expect(deleteTuneRun(place.store, id)).rejects.toMatchObject({ code: "still_running" });
    expect((await cancelTuneRun(place.store, id)).status).toBe("cancelled");
    const checkpoints = join(place.folders.adapters, "long/checkpoints");
    await eventually(async () => (existsSync(checkpoints) ? true : undefined));
    await resumeTuneRun(place.store, id);
    const run = await ended(id);
    expect(run.status).toBe("finished");
    expect(run.summary.resumedFrom).toBeGreaterThan(0);
    expect(await steps()).toBe(300); // none twice, none missing
    await deleteTuneRun(place.store, id);
  });

  test("a worker that is closed gives its run back, and the next one finishes it", async () => {
    const { id } = await startTuneRun(place.store, place.folders, draft("handed", { max_steps: 200 }));
    await eventually(async () => ((await getRun(place.store, id)).progress?.task === "train" ? true : undefined));
    await worker.stop();
    expect((await getRun(place.store, id)).status).toBe("queued");
    worker = runWorker(place.store, [trainKind(place.store)]);
    expect((await ended(id)).status).toBe("finished");
  });

  test("one that cannot go well fails with what to do, at once", async () => {
    const bad = draft("bad", { data: { path: colours.id, template: "plain", max_tokens: 2 } });
    const run = await ended((await startTuneRun(place.store, place.folders, bad)).id);
    expect(run).toMatchObject({ status: "failed", error: { code: "empty_dataset" } });
    expect(run.error!.message).toContain("max_tokens");
  });
});

test("a small base is made where none can be had, and opens as any other", async () => {
  const losses: number[] = [];
  await makeSmallBase(join(place.folders.models, "small"), {
    steps: 12,
    onStep: (_, loss) => losses.push(loss),
  });
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  expect((await listBases(place.folders)).map(({ id }) => id)).toEqual(["home/small", "home/tiny"]);
});
