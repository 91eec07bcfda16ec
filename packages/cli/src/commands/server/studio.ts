import { command, flag, text, whole } from "../../command/command.ts";

export const studioCommand = command({
  name: "studio",
  summary: "Open the Studio in the browser",
  options: {
    port: whole("port; 0 takes a free one", { min: 0, max: 65535 }),
    host: text("address to listen on", { value: "address" }),
    noOpen: flag("do not open a browser"),
  },
  examples: [
    ["studio", "serve, and open the browser"],
    ["studio --no-open", "serve only"],
  ],
  run: async ({ port, host, home, noOpen }, io) => {
    const { runServer } = await import("./run-server.ts");
    await runServer({ home, port, host, io, browser: noOpen ? "leave" : "open" });
  },
});
