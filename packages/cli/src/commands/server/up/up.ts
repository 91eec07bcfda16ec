import { command, whole } from "../../../command/command.ts";

export const upCommand = command({
  name: "up",
  summary: "Serve with several servers and workers on this machine, behind one address",
  description:
    "What ends by itself is started again. Ctrl-C ends all; SIGHUP replaces one server after the other, and then the workers, " +
    "without refusing a request. With DATABASE_URL they share that server; without one this process owns the embedded " +
    "database and the others reach it through here. Listens to this machine only.",
  options: {
    servers: whole("servers", { min: 1, max: 64, otherwise: 2 }),
    workers: whole("workers", { min: 0, max: 64, otherwise: 2 }),
    port: whole("port of the one address; 0 takes a free one", { min: 0, max: 65535 }),
  },
  examples: [
    ["up --servers 2 --workers 2", "http://127.0.0.1:4545, answered by two"],
    ["up --servers 4 --workers 0 --port 8080", "answers only; workers are elsewhere"],
  ],
  run: async ({ servers, workers, port, home }, io) => {
    const { runUp } = await import("./run-up.ts");
    await runUp({ home, port, servers, workers, io });
  },
});
