import { command } from "../../command/command.ts";

export const mcpCommand = command({
  name: "mcp",
  summary: "Serve the operations as tools of the Model Context Protocol",
  description:
    "Speaks over standard input and output, for programs that start their tools themselves (an editor, a desktop " +
    "assistant): ask, search, summarize, documents, read_page, recommend, score, embed, and those that write: catalogue_import, merge, " +
    "adapter_export, recipe_export, whose state `work` tells. A server of `loam serve` offers " +
    "the same tools over HTTP at /mcp.",
  examples: [["mcp --home ~/papers", "tools over the library of that folder"]],
  run: async ({ home }, io) => {
    const [
      { openWorkspace },
      { openCatalogues, openPath },
      { offeredOperations, PairScorer, serveMcpOverStdio },
      { version },
    ] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend"),
      import("@loam/server"),
      import("../../version.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const { store } = workspace;
    const models = await workspace.models();
    const pairs = new PairScorer({ current: models });
    try {
      const context = { library: await workspace.library(), models: () => models, pairs };
      const operations = offeredOperations({
        ...context,
        store,
        catalogues: openCatalogues({ store }),
        open: openPath,
      });
      await serveMcpOverStdio(operations, { version: version(), signal: io.signal });
    } finally {
      await pairs.close();
    }
  },
});
