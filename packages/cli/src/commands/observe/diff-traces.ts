import type { SpanNode, Trace } from "@loam/observe";
import { table } from "../../terminal/table.ts";
import { duration } from "../../terminal/units.ts";

/** A step of both traces, or of one. */
export interface StepDiff {
  path: string;
  change: "same" | "changed" | "added" | "removed";
  durationMs: [number | null, number | null];
  tokens: [number | null, number | null];
  /** What is not the same: model, status, input, output. */
  fields: string[];
}

/** Steps are matched by their way through the tree: names from the outermost down, and which of that name. */
export function diffTraces(first: Trace, second: Trace): StepDiff[] {
  const [a, b] = [stepsOf(first), stepsOf(second)];
  const paths = [...new Set([...a.keys(), ...b.keys()])];
  return paths.map((path) => {
    const [one, other] = [a.get(path), b.get(path)];
    const fields = one && other ? differing(one, other) : [];
    return {
      path,
      change: !one ? "added" : !other ? "removed" : fields.length > 0 ? "changed" : "same",
      durationMs: [one?.durationMs ?? null, other?.durationMs ?? null],
      tokens: [tokensOf(one), tokensOf(other)],
      fields,
    };
  });
}

export function showDiff(steps: readonly StepDiff[]): string {
  const mark = { same: " ", changed: "~", added: "+", removed: "-" };
  return table(
    steps.map(({ path, change, durationMs: [a, b], tokens: [from, to], fields }) => [
      mark[change],
      path,
      `${a === null ? "" : duration(a)} → ${b === null ? "" : duration(b)}`,
      from === to ? "" : `${from ?? 0} → ${to ?? 0} tokens`,
      fields.join(", "),
    ]),
  );
}

function stepsOf({ roots }: Trace): Map<string, SpanNode> {
  const steps = new Map<string, SpanNode>();
  const coming: [SpanNode, string][] = roots.toReversed().map((node) => [node, ""]);
  for (let next = coming.pop(); next; next = coming.pop()) {
    const [node, above] = next;
    const plain = above ? `${above} / ${node.name}` : node.name;
    let path = plain;
    for (let i = 2; steps.has(path); i++) path = `${plain} #${i}`;
    steps.set(path, node);
    for (const child of node.children.toReversed()) coming.push([child, path]);
  }
  return steps;
}

function differing(one: SpanNode, other: SpanNode): string[] {
  return (["model", "status", "input", "output"] as const).filter(
    (field) => JSON.stringify(one[field] ?? null) !== JSON.stringify(other[field] ?? null),
  );
}

function tokensOf(node: SpanNode | undefined): number | null {
  if (!node || (node.inputTokens === null && node.outputTokens === null)) return null;
  return (node.inputTokens ?? 0) + (node.outputTokens ?? 0);
}
