import { command, flag } from "../../command/command.ts";
import type { Io } from "../../terminal/io.ts";

export const doctorCommand = command({
  name: "doctor",
  summary: "Check this machine: what works, what does not, and how to get more",
  options: { openai: flag("list every endpoint of OpenAI's API instead: served, partly, refused") },
  examples: [
    ["doctor", "run all checks; the exit code is 1 when one fails"],
    ["doctor --openai", "what of OpenAI's API this server answers"],
  ],
  run: async ({ home, openai }, io) => {
    if (openai) return await listEndpoints(io);
    const [{ examine }, { table }] = await Promise.all([
      import("../library/examine.ts"),
      import("../../terminal/table.ts"),
    ]);
    const findings = await examine({ home, signal: io.signal });
    const marks = { ok: "✓", limited: "!", failed: "✗" } as const;
    io.result({ checks: findings }, () =>
      table(
        findings.flatMap(({ check, status, detail, remedy }) => [
          [marks[status], check, detail],
          ...(remedy ? [["", "", `→ ${remedy}`]] : []),
        ]),
      ),
    );
    if (findings.some(({ status }) => status === "failed")) io.setExitCode(1);
  },
});

async function listEndpoints(io: Io): Promise<void> {
  const [{ openAiEndpoints }, { table }] = await Promise.all([
    import("@loam/server"),
    import("../../terminal/table.ts"),
  ]);
  const endpoints = openAiEndpoints();
  const count = (state: string) => endpoints.filter((one) => one.state === state).length;
  const counts = { served: count("served"), partly: count("partly"), refused: count("refused") };
  io.result({ endpoints, counts }, () =>
    [
      table(endpoints.map(({ method, path, state, note = "" }) => [state, method, path, note])),
      `${counts.served} served, ${counts.partly} partly, ${counts.refused} groups refused`,
    ].join("\n"),
  );
}
