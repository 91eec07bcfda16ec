import { command } from "../command.ts";

export const doctorCommand = command({
  name: "doctor",
  summary: "Check this machine: what works, what does not, and how to get more",
  examples: [["doctor", "run all checks; the exit code is 1 when one fails"]],
  run: async ({ home }, io) => {
    const [{ examine }, { table }] = await Promise.all([import("../examine.ts"), import("../table.ts")]);
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
