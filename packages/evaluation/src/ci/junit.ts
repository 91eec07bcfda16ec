import type { EvaluationRun } from "../runs/evaluation-run.ts";
import type { GateVerdict } from "./verdict.ts";

/**
 * The verdict as JUnit XML, which CI servers show as tests: a suite for each system, in it a test for each metric and one
 * for the rows, with the reasons of the verdict where they fail.
 */
export function ciToJunit(run: EvaluationRun, { standings, failures: found }: GateVerdict): string {
  const suites = run.systems.map(({ system, outputs, metrics, meanMs }) => {
    const errors = outputs.flatMap(({ row, error }) => (error === undefined ? [] : [`${row}: ${error}`]));
    const cases = [
      testCase(`${run.name}.${system}`, "rows", { failure: errors.length > 0 ? errors.join("\n") : undefined }),
      ...metrics.map(({ metric, value }) => {
        const mine = found.filter((failure) => failure.system === system && failure.metric === metric);
        const standing = standings.find((one) => one.system === system && one.metric === metric);
        return testCase(`${run.name}.${system}`, metric, {
          failure: mine.length > 0 ? mine.map(({ message }) => message).join("\n") : undefined,
          output: `${metric} = ${value}${standing?.comparison ? `, baseline ${standing.comparison.right}` : ""}`,
        });
      }),
    ];
    const failures = cases.filter(({ failed }) => failed).length;
    const seconds = (meanMs * outputs.length) / 1000;
    return {
      tests: cases.length,
      failures,
      xml: [
        `  <testsuite name="${forXml(system)}" tests="${cases.length}" failures="${failures}" time="${seconds.toFixed(3)}">`,
        ...cases.map(({ xml }) => xml),
        "  </testsuite>",
      ].join("\n"),
    };
  });
  const sum = (key: "tests" | "failures") => suites.reduce((total, suite) => total + suite[key], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${forXml(run.name)}" tests="${sum("tests")}" failures="${sum("failures")}">`,
    ...suites.map(({ xml }) => xml),
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(suite: string, name: string, { failure, output }: { failure?: string; output?: string }) {
  const inner = [
    ...(failure === undefined
      ? []
      : [`<failure message="${forXml(failure.split("\n")[0]!)}">${forXml(failure)}</failure>`]),
    ...(output === undefined ? [] : [`<system-out>${forXml(output)}</system-out>`]),
  ].join("");
  const open = `    <testcase classname="${forXml(suite)}" name="${forXml(name)}"`;
  return { failed: failure !== undefined, xml: inner === "" ? `${open}/>` : `${open}>${inner}</testcase>` };
}

/** For text and attributes; what XML 1.0 cannot hold is left out. */
function forXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]!)
    .replace(/\n/g, "&#10;");
}
