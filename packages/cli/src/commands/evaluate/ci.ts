import { ArgumentError } from "@loam/core";
import { command, decimal, flag, optionalArgument, text } from "../../command/command.ts";

export const ciCommand = command({
  name: "ci",
  summary: "Run an evaluation as a gate: fail where it got worse by more than chance explains",
  description:
    "Answers and judgements are recorded by the hash of all they depend on in `.loam-ci/NAME` beside the evaluation, which belongs " +
    "under version control: what has not changed costs nothing, and a fork without secrets runs from the record. Each metric of " +
    "each system is held against the baseline row by row (paired permutation test, corrected for how many are compared), then against " +
    "the limits (`failUnder`). On GitHub the report is the job's summary. Ends with 1 when the gate fails; docs/ci.md shows a workflow.",
  args: { spec: optionalArgument("the evaluation; eval.yaml when left out") },
  options: {
    update: flag("make this run the baseline, if it meets its limits and no row failed; on the main branch"),
    recorded: flag("ask nobody: what is not recorded fails (by itself for a pull request from a fork)"),
    alpha: decimal("largest probability of failing where nothing got worse; 0.05 when left out", {
      min: 0.0001,
      max: 0.5,
    }),
    tolerance: decimal("a loss up to this does not fail", { min: 0, max: 1_000_000 }),
    record: text("where answers, baseline and history are", { value: "folder" }),
    report: text("write the report as Markdown", { value: "file" }),
    junit: text("write the verdict as JUnit XML", { value: "file" }),
  },
  examples: [
    ["ci", "eval.yaml against its baseline"],
    ["ci eval.yaml --update", "keep answers and scores; then commit .loam-ci"],
    ["ci eval.yaml --recorded --junit gate.xml --report gate.md", "without keys, with files for a CI server"],
  ],
  run: async ({ spec: path = "eval.yaml", update, recorded, alpha, tolerance, record, report, junit, home }, io) => {
    if (update && recorded)
      throw new ArgumentError("update", true, "--update or --recorded, not both", "update where the keys are");
    const [{ runGate, writeReports }, { gateTable }] = await Promise.all([
      import("./run-gate.ts"),
      import("./show-gate.ts"),
    ]);
    const options = { update, recorded, alpha, tolerance, folder: record };
    const result = await runGate(path, { ...options, home }, io);
    await writeReports(result, { report, junit });
    const { verdict, run } = result;
    io.result(
      {
        name: run.name,
        passed: verdict.passed,
        reasons: verdict.reasons,
        remarks: verdict.remarks,
        rows: verdict.rows,
        standings: verdict.standings.map(({ comparison, ...standing }) => ({
          ...standing,
          ...(comparison && {
            baseline: comparison.right,
            difference: comparison.difference,
            interval: comparison.interval,
            p: comparison.permutationP,
            ...{ won: comparison.wins, lost: comparison.losses, tied: comparison.ties },
          }),
        })),
        ...{ recorded: result.recorded, made: result.made, updated: result.updated, folder: result.folder },
      },
      () => gateTable(verdict),
    );
    io.note(`${result.recorded} answers and judgements were recorded, ${result.made} were made.`);
    for (const remark of verdict.remarks) io.note(remark);
    for (const reason of verdict.reasons) io.note(`Failed: ${reason}`);
    if (result.updated) io.note(`The baseline is in ${result.folder}; commit it.`);
    else if (update) io.note("The baseline stays as it was.");
    const accepted = result.updated;
    if (!verdict.passed && !accepted) io.setExitCode(1);
  },
});
