import { choice, command, text, texts, whole } from "../../command/command.ts";

export const serveCommand = command({
  name: "serve",
  summary: "Serve the API and the Studio",
  description:
    "Listens to this machine only unless a token is set (LOAM_TOKEN). With the embedded database it also reads queued " +
    "files; with a Postgres server that is left to `loam worker`, of which there may be many.",
  options: {
    port: whole("port; 0 takes a free one", { min: 0, max: 65535 }),
    host: text("address to listen on", { value: "address" }),
    ollamaPort: whole("speaks Ollama's API on this port as well", { min: 0, max: 65535 }),
    work: choice("who reads queued files and fine-tunes; `elsewhere` leaves it to `loam worker`", [
      "here",
      "elsewhere",
    ]),
    model: texts("a model that OpenAI's clients may name; may be given more than once", { value: "name" }),
  },
  examples: [
    ["serve", "http://127.0.0.1:4545"],
    ["serve --port 8080", "another port"],
    ["serve --model Qwen/Qwen2.5-0.5B-Instruct", "answers OpenAI's clients with a local model"],
    ["serve --ollama-port 11434", "where Ollama's clients look for it"],
  ],
  run: async ({ port, host, work, model, ollamaPort, home }, io) => {
    const { runServer } = await import("./run-server.ts");
    await runServer({ home, port, host, models: model, work, ollamaPort, io });
  },
});
