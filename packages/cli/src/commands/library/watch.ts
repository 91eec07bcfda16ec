import { argument, command, flag } from "../../command/command.ts";

export const watchCommand = command({
  name: "watch",
  summary: "Keep the library to what a folder holds",
  description:
    "New files are read once they have stopped growing. A renamed file stays the document that it is, a changed one takes the " +
    "place of what it was, a removed one is gone from answers; what was removed while nobody watched is noticed at the next start. " +
    "Documents that were in the library before are never removed.",
  args: { folder: argument("the folder; what is below it counts") },
  options: { once: flag("stop when everything that is there now has been read") },
  examples: [
    ["library watch ~/papers", "until Ctrl-C"],
    ["library watch ~/papers --once", "from a timer"],
  ],
  run: async ({ folder, once, home }, io) => {
    const [{ openWorkspace }, { watchFolder }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const library = await workspace.library();
    const events: { type: string; path: string; document?: string; error?: unknown }[] = [];
    await watchFolder({ library, store: workspace.store }, folder, {
      once,
      signal: io.signal,
      onEvent: (event) => {
        if (event.type === "failed") io.problem(event.path, event.error);
        else io.note(`${event.type} ${event.path}`);
        if (!once) return;
        const { type, path } = event;
        if (event.type === "failed") events.push({ type, path, error: event.error.toJSON() });
        else
          events.push({
            type,
            path,
            document: typeof event.document === "object" ? event.document.id : event.document,
          });
      },
    });
    io.result({ events }, () => "");
  },
});
