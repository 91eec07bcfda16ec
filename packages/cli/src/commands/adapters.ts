import { argument, type CommandGroup, command, optionalArgumentList, text, whole } from "../command.ts";

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
      import("../list-adapters.ts"),
      import("../show-adapter.ts"),
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
      import("../base-fit.ts"),
      import("../show-adapter.ts"),
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
      import("../compare-adapters.ts"),
      import("../show-adapter.ts"),
    ]);
    const difference = await compareAdapters(a, b, { model, io });
    io.result(difference, () => differenceText(difference, rows));
  },
});

export const adaptersGroup: CommandGroup = {
  name: "adapters",
  summary: "Adapters on this machine",
  commands: [list, info, diff],
  default: "ls",
};
