import type { CombinationType } from "@loam/peft";
import { exportAdapterOperation } from "@loam/peft/operations";
import {
  argument,
  argumentList,
  type CommandGroup,
  choice,
  command,
  decimal,
  flag,
  optionalArgumentList,
  requiredText,
  text,
  whole,
} from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

/** `combinationTypes` of @loam/peft, which is not loaded for the help. */
const types = [
  "linear",
  "cat",
  "svd",
  "ties",
  "ties_svd",
  "dare_linear",
  "dare_linear_svd",
  "dare_ties",
  "dare_ties_svd",
  "magnitude_prune",
  "magnitude_prune_svd",
] as const satisfies readonly CombinationType[];

const list = command({
  name: "ls",
  summary: "List the adapters in folders",
  description:
    "Without folders: those in the current folder, such as ./adapters and ./outputs, and in the library's; three levels deep.",
  args: { folders: optionalArgumentList("folders to look in") },
  examples: [
    ["adapters ls", "name, method, rank, size and last loss of each"],
    ["adapters ls ~/experiments --json", "for a program"],
  ],
  run: async ({ folders, home }, io) => {
    const [{ listAdapters }, { adapterTable }] = await Promise.all([
      import("./list-adapters.ts"),
      import("./show-adapter.ts"),
    ]);
    const adapters = await listAdapters(folders, { home, io });
    io.result({ adapters }, () => adapterTable(adapters));
    if (adapters.length === 0) io.note("No adapters here. `loam tune init` writes a recipe for one.");
  },
});

const info = command({
  name: "info",
  summary: "Show what an adapter is: options, parameters by module, losses, and whether its base fits",
  args: { adapter: argument("folder of the adapter") },
  options: { model: text("base model to try it on, instead of the one it names", { value: "model" }) },
  examples: [["adapters info outputs/my-adapter", "before using it"]],
  run: async ({ adapter, model }, io) => {
    const [{ describeAdapter }, { baseFit }, { adapterText }] = await Promise.all([
      import("@loam/peft"),
      import("./base-fit.ts"),
      import("./show-adapter.ts"),
    ]);
    const description = await describeAdapter(adapter);
    const base = model ?? description.base;
    const fit = await baseFit(adapter, base, io.signal);
    io.result({ ...description, base, fit }, () => adapterText({ ...description, base }, fit.detail));
    if (fit.status === "foreign") io.setExitCode(3);
  },
});

const diff = command({
  name: "diff",
  summary: "Compare two adapters: their options, and the change that each makes to every weight",
  description:
    "Norms are Frobenius norms of ΔW, the cosine is that of the two changes as vectors: 1 is the same direction, 0 unrelated. " +
    "Where the base is not on this machine, or for prompts and bottleneck adapters, the adapters' own tensors are compared; " +
    "those say less, since the same change can be factorised in many ways.",
  args: { a: argument("folder of an adapter"), b: argument("folder of another") },
  options: {
    model: text("base model, instead of the one that the first adapter names", { value: "model" }),
    rows: {
      ...whole("weights to show, those that differ most first", { min: 1, max: 100_000, otherwise: 20 }),
      short: "n",
    },
  },
  examples: [
    ["adapters diff outputs/r8 outputs/r16", "what a rank of 16 changed"],
    ["adapters diff a b --json", "every weight, for a program"],
  ],
  run: async ({ a, b, model, rows }, io) => {
    const [{ compareAdapters }, { differenceText }] = await Promise.all([
      import("./compare-adapters.ts"),
      import("./show-adapter.ts"),
    ]);
    const difference = await compareAdapters(a, b, { model, io });
    io.result(difference, () => differenceText(difference, rows));
  },
});

const exportTo = command({
  name: "export",
  summary: exportAdapterOperation.summary,
  description: exportAdapterOperation.description,
  args: { adapter: argument("folder of the adapter") },
  options: operationOptions(exportAdapterOperation, {
    to: {},
    output: { short: "o", value: "file.gguf" },
    model: { value: "model" },
    rank: {},
    type: {},
  }),
  examples: [
    ["adapters export outputs/my-adapter -o my-adapter.gguf", "for llama.cpp"],
    ["adapters export outputs/loha -o loha.gguf --rank 16", "cut to a rank of 16"],
  ],
  run: async ({ adapter, output, to, model, rank, type }, io) => {
    const { count } = await import("../../terminal/units.ts");
    const report = await exportAdapterOperation.call({}, { adapter, output, to, model, rank, type }, io);
    const { layers, ranks, relativeError } = report;
    const lost = relativeError > 0 ? `, of the worst layer's change ${(100 * relativeError).toFixed(2)}% is lost` : "";
    const span = ranks.min === ranks.max ? `${ranks.min}` : `${ranks.min} to ${ranks.max}`;
    io.result(report, () => `${output}: ${count(layers, "layer")}, rank ${span}${lost}`);
  },
});

const combine = command({
  name: "combine",
  summary: "Make one LoRA adapter of several, each with its weight",
  description:
    "`linear` adds up the factors A and B, of adapters of one rank; `cat` is exact, with the sum of the ranks; `svd` is the " +
    "nearest of the rank asked for. `ties`, `dare_linear`, `dare_ties` and `magnitude_prune` first drop all but --density of the " +
    "entries. They are the combination types of PEFT's add_weighted_adapter. PiSSA and OLoRA adapters are made plain first.",
  args: { adapters: argumentList("folders of LoRA adapters of one base") },
  options: {
    output: { ...requiredText("folder to write", { value: "folder" }), short: "o" },
    weights: text("one for each adapter, any sign; 1 for each when left out", { value: "0.7,0.3" }),
    type: choice("how they are combined", types, "svd"),
    rank: whole("rank of what the `svd` types write; the largest of the adapters' when left out", {
      min: 1,
      max: 100_000,
    }),
    density: decimal("share of the entries kept by the types that prune", { min: 0, max: 1 }),
    seed: whole("chooses what the `dare` types keep", { min: 0, max: 2 ** 31, otherwise: 0 }),
    force: flag("replace the adapter that is there"),
  },
  examples: [
    ["adapters combine outputs/style outputs/facts --weights 0.7,0.3 -o outputs/both", "the nearest of the same rank"],
    ["adapters combine a b --type cat -o both", "their exact sum"],
    ["adapters combine a b --type ties --density 0.2 -o both", "the largest fifth of each, without quarrels of sign"],
  ],
  run: async ({ adapters, output, weights, type, rank, density, seed, force }, io) => {
    const { combineInto } = await import("./combine-into.ts");
    await combineInto(adapters, { output, weights, type, svdRank: rank, density, seed, force }, io);
  },
});

const plain = command({
  name: "plain",
  summary: "Write an adapter that starts from the base's weights (PiSSA, OLoRA) as a plain LoRA",
  description:
    "Of twice the rank, for the base as it is: programs that do not take the start out of the base read it right.",
  args: { adapter: argument("folder of the adapter") },
  options: {
    output: { ...requiredText("folder to write", { value: "folder" }), short: "o" },
    force: flag("replace the adapter that is there"),
  },
  examples: [["adapters plain outputs/pissa -o outputs/pissa-plain", "for other programs, and to combine"]],
  run: async ({ adapter, output, force }, io) => {
    const { plainInto } = await import("./combine-into.ts");
    await plainInto(adapter, { output, force }, io);
  },
});

export const adaptersGroup: CommandGroup = {
  name: "adapters",
  summary: "Adapters on this machine",
  commands: [list, info, diff, combine, plain, exportTo],
  default: "ls",
};
