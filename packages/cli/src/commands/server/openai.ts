import type { ImportReport } from "@loam/platform";
import { type CommandGroup, command, text, texts } from "../../command/command.ts";

const kinds = ["files", "vector_stores", "assistants", "threads", "fine_tuning", "evals"] as const;

const importAccount = command({
  name: "import",
  summary: "Copy the objects of an account of OpenAI's, under their own ids",
  description:
    "Files with their bytes, vector stores (read anew here), assistants, fine-tuning jobs that have ended with their events and " +
    "checkpoints, evals with their runs. Threads are named in a file, for an account lists none: ids, one in each line, or " +
    "exported threads as JSON or JSONL. What is there already stays: importing twice changes nothing. The key is read from the " +
    "environment (OPENAI_API_KEY). Models stay with the account; `server.aliases` says who answers for them here.",
  options: {
    baseUrl: text("where the account is, up to and including /v1; OpenAI's own when left out", { value: "url" }),
    keyEnv: text("the environment variable that holds the key (default: OPENAI_API_KEY)", { value: "name" }),
    only: texts("one kind of object; may be given more than once", { value: "kind" }),
    threads: text("a file of threads: ids, or exported ones", { value: "file" }),
    project: text("whose objects they become: the project of a key (default: those without keys)", { value: "name" }),
  },
  examples: [
    ["openai import", "all that the account of OPENAI_API_KEY lists"],
    ["openai import --threads threads.jsonl --only threads", "threads that a program has kept the ids of"],
    ["openai import --base-url http://127.0.0.1:4545/v1", "another server of Loam's"],
  ],
  run: async ({ baseUrl, keyEnv, only, threads, project, home }, io) => {
    const [{ importAccount: run }, { readThreads, kindsOf, keyOf }] = await Promise.all([
      import("@loam/platform"),
      import("./openai-import.ts"),
    ]);
    const { openWorkspace } = await import("../../command/workspace.ts");
    await using workspace = await openWorkspace({ home, tracing: "withModels" });
    const reports = await run(workspace.store, {
      ...{ apiKey: keyOf(workspace.config, keyEnv), kinds: kindsOf(only, kinds), project, signal: io.signal },
      baseUrl: baseUrl ?? workspace.config.providers.openai?.baseUrl,
      ...(threads !== undefined && { threads: await readThreads(threads) }),
      onKind: (report) => io.note(sayKind(report)),
    });
    io.result({ kinds: reports }, () => reports.flatMap(({ leftOut }) => leftOut.map(sayLeftOut)).join("\n"));
  },
});

const sayKind = ({ kind, imported, known, leftOut }: ImportReport): string =>
  `${kind.replaceAll("_", " ")}: ${imported} imported, ${known} were there${leftOut.length > 0 ? `, ${leftOut.length} left out` : ""}`;

const sayLeftOut = ({ id, reason }: ImportReport["leftOut"][number]): string => `${id} is left out: ${reason}`;

export const openaiGroup: CommandGroup = {
  name: "openai",
  default: "import",
  summary: "What an account of OpenAI's holds, on this machine",
  commands: [importAccount],
};
