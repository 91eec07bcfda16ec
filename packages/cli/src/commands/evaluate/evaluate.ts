import { ArgumentError } from "@loam/core";
import type { MetricComparison } from "@loam/evaluation";
import {
  argument,
  type CommandGroup,
  choice,
  command,
  flag,
  optionalArgument,
  text,
  texts,
  whole,
} from "../../command/command.ts";
import { bfclCommand } from "./evaluate-bfcl.ts";

const runCommand = command({
  name: "run",
  summary: "Run systems over a dataset and score what they make",
  description:
    "The YAML file names a dataset, systems (models with prompts, adapters, questions asked of documents, commands, " +
    "services, files of outputs), metrics and limits; docs/evaluation.md describes it. What was made is on the disk at " +
    "once: the same command goes on where one was stopped or killed. Ends with 1 when a limit is missed or a system has no scored row.",
  args: { spec: argument("the evaluation, a YAML file") },
  options: {
    failUnder: texts("a limit: worse than it ends with 1; may be repeated", { value: "metric=number" }),
    out: text("keep the run in a folder of its own, instead of the store", { value: "folder" }),
    resume: flag("go on with the latest run of that name, even a finished one"),
    fresh: flag("make every output and judgement anew"),
    concurrency: whole("outputs under way at a time, instead of the file's", { min: 1, max: 256 }),
    html: text("write the report as a page, too", { value: "file" }),
    watch: flag(
      "run again whenever the evaluation or a file it names changes, until Ctrl-C; what is unchanged costs nothing",
    ),
  },
  examples: [
    ["evaluate eval.yaml --fail-under rougeL=0.30", "a gate for continuous integration"],
    ["evaluate eval.yaml --fresh --html report.html --json", "everything anew, with a page for people"],
  ],
  run: async ({ spec: path, failUnder, out, resume, fresh, concurrency, html, watch, home }, io) => {
    if (resume && fresh) throw new ArgumentError("fresh", true, "--resume or --fresh, not both");
    const limits = Object.fromEntries(failUnder.map(readLimit));
    if (watch) {
      if (fresh || io.json) throw new ArgumentError("watch", true, "neither --fresh nor --json", "leave them out");
      const { watchEvaluation } = await import("./watch-evaluation.ts");
      return await watchEvaluation(path, { failUnder: limits, concurrency, home }, io);
    }
    const [
      { readEvaluationSpec, runToHtml, withoutScores },
      { openWorkspace },
      { evaluateWith },
      { runTable, runNotes },
      fs,
    ] = await Promise.all([
      import("@loam/evaluation"),
      import("../../command/workspace.ts"),
      import("./evaluate-with.ts"),
      import("../observe/show-run.ts"),
      import("node:fs/promises"),
    ]);
    const spec = await readEvaluationSpec(path);
    await using workspace = await openWorkspace({ home, io });
    const start = fresh ? "fresh" : resume ? "resume" : "continue";
    const { run, gate, kept } = await evaluateWith({ spec, failUnder: limits, out, start, concurrency }, workspace, io);
    if (html !== undefined) await fs.writeFile(html, runToHtml(run));
    const { dataset, systems, ...rest } = run;
    io.result(
      {
        ...kept,
        ...rest,
        dataset: { name: dataset.name, hash: dataset.hash, rows: dataset.rows.length },
        systems: systems.map(({ outputs: _, metrics, ...system }) => ({
          ...system,
          metrics: metrics.map(({ values: __, details: ___, ...metric }) => metric),
        })),
        gate,
      },
      () => runTable(run),
    );
    const earlier = run.resumedCells + run.cachedCells;
    if (earlier > 0) io.note(`${earlier} cells were there from earlier.`);
    for (const note of runNotes(run)) io.note(note);
    io.note("folder" in kept ? `The run is in ${kept.folder}` : `The run is ${kept.id}`);
    const missed = [...gate.map(({ message }) => message), ...withoutScores(run)];
    for (const message of missed) io.note(`Missed: ${message}`);
    if (missed.length > 0) io.setExitCode(1);
  },
});

const compareCommand = command({
  name: "compare",
  summary: "Compare systems row by row: wins, losses, difference with its interval, significance",
  description:
    "Two runs on the same rows, or two systems of one run. Won and lost are the first side's rows; p is that of a paired " +
    "bootstrap test, two-sided. Where both runs have the same systems, each is compared with itself.",
  args: {
    runA: argument("name of a run (`loam evaluate ls`), or its folder"),
    runB: optionalArgument("the other run; left out, two systems of the first one are compared"),
  },
  options: {
    system: texts("a system; given twice, the first run's and the second's", { value: "name" }),
    metric: texts("only this metric; may be repeated", { value: "name" }),
    rows: flag("each row's scores, the largest differences first"),
  },
  examples: [
    ["evaluate compare headlines-20261123-180501 headlines-20261123-191244", "before and after a change"],
    ["evaluate compare runs/headlines --system lead --system mini --rows", "two systems of one run, row by row"],
  ],
  run: async ({ runA, runB, system, metric, rows, home }, io) => {
    if (system.length > 2) throw new ArgumentError("system", system, "at most two systems");
    const [{ compareSystems }, { readRunOf }, { comparisonTable, rowsTable }, { openWorkspace }] = await Promise.all([
      import("@loam/evaluation"),
      import("./evaluate-with.ts"),
      import("../observe/show-run.ts"),
      import("../../command/workspace.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const { store } = workspace;
    const left = await readRunOf(store, runA);
    const right = runB === undefined ? left : await readRunOf(store, runB);
    const pairs = choosePairs(
      left.systems.map((one) => one.system),
      right.systems.map((one) => one.system),
      { given: system, within: runB === undefined },
    );
    const compared = pairs.map(([a, b]) => {
      const all = compareSystems({ run: left, system: a }, { run: right, system: b });
      const unknown = metric.find((name) => !all.some((one) => one.metric === name));
      if (unknown !== undefined)
        throw new ArgumentError("metric", unknown, `one of ${all.map((one) => one.metric).join(", ")}`);
      return { left: a, right: b, metrics: all.filter((one) => metric.length === 0 || metric.includes(one.metric)) };
    });
    const shown = (metrics: MetricComparison[]) =>
      metrics.map(({ byRow, ...one }) => ({ ...one, ...(rows && { byRow }) }));
    io.result(
      {
        left: { run: runA, dataset: left.dataset.hash },
        right: { run: runB ?? runA, dataset: right.dataset.hash },
        systems: compared.map(({ metrics, ...names }) => ({ ...names, metrics: shown(metrics) })),
      },
      () =>
        compared
          .flatMap(({ left: a, right: b, metrics }) => [
            comparisonTable(metrics, a === b ? [`${a} (first)`, `${b} (second)`] : [a, b]),
            ...(rows ? metrics.map(rowsTable) : []),
          ])
          .join("\n\n"),
    );
    if (left.dataset.hash !== right.dataset.hash)
      io.note("The runs' datasets differ: only rows with the same id are compared.");
  },
});

const listCommand = command({
  name: "ls",
  summary: "List runs, the latest first",
  examples: [["evaluate ls --json", "with every system's scores, for a program"]],
  run: async ({ home }, io) => {
    const [{ adoptFolders, listEvaluations }, { endDeadLeases }, { openWorkspace }, { runsTable }] = await Promise.all([
      import("@loam/evaluation"),
      import("@loam/work"),
      import("../../command/workspace.ts"),
      import("../observe/show-run.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    await adoptFolders(workspace.store);
    await endDeadLeases(workspace.store); // a run whose process was killed is stopped
    const runs = await listEvaluations(workspace.store);
    io.result(runs, () => runsTable(runs));
    if (runs.length === 0) io.note("No runs yet: `loam evaluate eval.yaml` makes one.");
  },
});

const reportCommand = command({
  name: "report",
  summary: "Print a finished run as Markdown, CSV, HTML or JSON",
  args: { run: argument("name of a run (`loam evaluate ls`), or its folder") },
  options: { format: choice("form of the report", ["markdown", "csv", "html"], "markdown") },
  examples: [["evaluate report headlines-20261123-180501 --format csv", "every row, for a spreadsheet"]],
  run: async ({ run: given, format, home }, io) => {
    const [{ runToCsv, runToHtml, runToMarkdown }, { readRunOf }, { openWorkspace }] = await Promise.all([
      import("@loam/evaluation"),
      import("./evaluate-with.ts"),
      import("../../command/workspace.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const run = await readRunOf(workspace.store, given);
    io.result(run, () => ({ markdown: runToMarkdown, csv: runToCsv, html: runToHtml })[format](run));
  },
});

const questionsCommand = command({
  name: "questions",
  summary: "Make questions about the library, each with its answer and the page and box that hold it",
  description:
    "A dataset for systems with `ask`. The chat model writes the questions and is asked back; those that it answers without " +
    "the passage, or otherwise with it, are left out. Without a chat model they are made by rules from definitions, numbers, " +
    "table cells and captions; each row's `generator` says which.",
  options: {
    count: { ...whole("questions wanted", { min: 1, max: 100_000, otherwise: 50 }), short: "n" },
    out: { ...text("file to write, JSON Lines; printed when left out", { value: "file" }), short: "o" },
    seed: whole("another seed takes other passages", { min: 0, max: 2 ** 31, otherwise: 42 }),
    document: texts("only this document, by name or id; may be repeated", { value: "document" }),
    by: choice("who makes them; the chat model where one is set", ["model", "rules"]),
  },
  examples: [
    ["evaluate questions -n 50 -o questions.jsonl", "fifty questions about all documents"],
    ["evaluate questions --document paper.pdf --by rules", "without a model"],
  ],
  run: async ({ count, out, seed, document, by, home }, io) => {
    const [{ generateQuestions }, { openWorkspace }, { findDocument }, { UnavailableError }, fs] = await Promise.all([
      import("@loam/evaluation"),
      import("../../command/workspace.ts"),
      import("@loam/library"),
      import("@loam/core"),
      import("node:fs/promises"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const library = await workspace.library();
    const { chat } = await workspace.models();
    if (by === "model" && !chat)
      throw new UnavailableError("the chat model", "none is set", {
        hint: "set one, for example LOAM_CHAT_MODEL=openai:gpt-5-mini, or use --by rules",
      });
    const all = await library.documents();
    const { questions, tried, rejected, failed, usage } = await generateQuestions(library, {
      count,
      seed,
      chat: by === "rules" ? undefined : chat,
      documents: document.length > 0 ? document.map((asked) => findDocument(all, asked).id) : undefined,
      signal: io.signal,
      onProgress: io.progress,
    });
    const lines = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
    if (out !== undefined) await fs.writeFile(out, lines);
    io.result({ ...(out !== undefined && { file: out }), questions, tried, rejected, failed, usage }, () =>
      out === undefined ? lines.trimEnd() : `${questions.length} questions in ${out}`,
    );
    for (const [reason, times] of Object.entries(failed)) io.note(`Failed on ${times} passages: ${reason}.`);
    for (const [reason, times] of Object.entries(rejected)) io.note(`Left out ${times}: ${reason}.`);
    if (questions.length < count) io.note(`The documents gave ${questions.length} questions, not ${count}.`);
  },
});

const importCommand = command({
  name: "import",
  summary: "Turn a promptfoo configuration into an evaluation",
  description:
    "Prompts with providers become systems, tests become rows with their assertions. The rows are written beside the " +
    "evaluation. What has no counterpart is listed with the reason.",
  args: { config: argument("promptfooconfig.yaml") },
  options: { out: { ...text("the evaluation to write; eval.yaml when left out", { value: "file" }), short: "o" } },
  examples: [["evaluate import promptfooconfig.yaml -o eval.yaml", "then: loam evaluate eval.yaml"]],
  run: async ({ config, out = "eval.yaml" }, io) => {
    const [{ importPromptfoo, specToYaml }, { toJsonLines }, { basename }, fs] = await Promise.all([
      import("@loam/evaluation"),
      import("@loam/core"),
      import("node:path"),
      import("node:fs/promises"),
    ]);
    const { spec, rows, notImported } = await importPromptfoo(config);
    const data = `${out.replace(/\.(?:ya?ml|json)$/, "")}.rows.jsonl`;
    await fs.writeFile(data, toJsonLines(rows));
    await fs.writeFile(out, specToYaml({ ...spec, dataset: { path: basename(data) } }));
    io.result({ file: out, dataset: data, rows: rows.length, ...spec, notImported }, () =>
      [
        `${out}: ${spec.systems.length} systems, ${rows.length} rows, metrics ${spec.metrics.join(", ")}`,
        ...notImported.map(({ at, what, reason }) => `Not imported: ${at} (${what}): ${reason}`),
      ].join("\n"),
    );
  },
});

/** Evaluation: `loam evaluate eval.yaml` runs one. */
export const evaluateGroup: CommandGroup = {
  name: "evaluate",
  summary: "Run systems over a dataset, score and compare them",
  commands: [runCommand, compareCommand, listCommand, reportCommand, questionsCommand, importCommand, bfclCommand],
  default: "run",
};

/** `rougeL=0.30`. */
function readLimit(given: string): [metric: string, limit: number] {
  const [, metric, limit] = /^([^=]+)=(-?\d+(?:\.\d+)?)$/.exec(given) ?? [];
  if (metric === undefined || limit === undefined)
    throw new ArgumentError("fail-under", given, "a metric and its limit", "for example --fail-under rougeL=0.30");
  return [metric, Number(limit)];
}

/** Which systems are held against each other. */
function choosePairs(
  left: readonly string[],
  right: readonly string[],
  { given, within }: { given: readonly string[]; within: boolean },
): (readonly [string, string])[] {
  const [a, b = a] = given;
  if (within) {
    const [first, second] = given.length === 2 ? given : given.length === 0 && left.length === 2 ? left : [];
    if (first !== undefined && second !== undefined) return [[first, second]];
    throw new ArgumentError("system", given, `two of ${left.join(", ")}`, "for example --system a --system b");
  }
  if (a !== undefined && b !== undefined) return [[a, b]];
  if (left.length === 1 && right.length === 1) return [[left[0]!, right[0]!]];
  const both = left.filter((name) => right.includes(name));
  if (both.length > 0) return both.map((name) => [name, name] as const);
  throw new ArgumentError(
    "system",
    given,
    `one of ${left.join(", ")} and one of ${right.join(", ")}`,
    "for example --system a --system b",
  );
}
