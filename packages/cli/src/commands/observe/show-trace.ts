import type { SpanNode, Trace } from "@loam/observe";
import { cost, count, duration, moment } from "../../terminal/units.ts";

/** A trace as an indented tree, a line for each span. */
export function traceTree(trace: Trace): string {
  const tokens =
    trace.modelCalls > 0
      ? `, ${trace.inputTokens} tokens in, ${trace.outputTokens} out, ${cost(trace.costUsd, trace)}`
      : "";
  const head = `${trace.id}  ${moment(trace.startedAt)}  ${duration(trace.durationMs)}, ${count(trace.spans, "span")}${tokens}`;
  return `${head}\n\n${trace.roots.flatMap((root) => nodeLines(root, "", "")).join("\n")}\n`;
}

function nodeLines(node: SpanNode, first: string, rest: string): string[] {
  const lines = [`${first}${node.name}  ${facts(node)}`];
  if (node.statusMessage) lines.push(`${rest}    ✗ ${node.statusMessage.split("\n")[0]}`);
  for (const [index, child] of node.children.entries()) {
    const isLast = index === node.children.length - 1;
    lines.push(...nodeLines(child, `${rest}${isLast ? "└─ " : "├─ "}`, `${rest}${isLast ? "   " : "│  "}`));
  }
  return lines;
}

function facts({ kind, durationMs, inputTokens, outputTokens, costUsd }: SpanNode): string {
  const parts = [kind, duration(durationMs)];
  if (inputTokens !== null || outputTokens !== null) {
    parts.push(`${inputTokens ?? "?"}+${outputTokens ?? 0} tokens`);
    parts.push(cost(costUsd, { unpricedCalls: costUsd === null ? 1 : 0 }));
  }
  return parts.join(" · ");
}
