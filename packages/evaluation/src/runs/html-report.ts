import type { EvaluationRun } from "./evaluation-run.ts";
import { arrow, show, showCost, showValue } from "./report.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1c1917; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { border-bottom: 1px solid #e7e5e4; padding: .4rem .6rem; text-align: left; vertical-align: top }
th { font-weight: 600; background: #fafaf9; position: sticky; top: 0 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
td.text { white-space: pre-wrap; max-width: 32rem }
.failed { color: #b91c1c }
.muted { color: #57534e }
@media (prefers-color-scheme: dark) { body { color: #f5f5f4; background: #1c1917 } th { background: #292524 } th, td { border-color: #44403c } .muted { color: #a8a29e } .failed { color: #fca5a5 } }
`;

/** The run as one page that needs nothing else: the table of systems, then every row with its outputs and scores. */
export function runToHtml(run: EvaluationRun): string {
  const names = run.metrics.map(
    (name, i) => `<th class="number">${escapeHtml(name + arrow(run.systems[0]!.metrics[i]!))}</th>`,
  );
  const systems = run.systems.map(
    (system) =>
      `<tr><th scope="row">${escapeHtml(system.system)}</th>${system.metrics.map((metric) => number(showValue(metric))).join("")}${number(String(system.failures))}${number(system.meanMs.toFixed(0))}${number(showCost(system))}</tr>`,
  );
  const rows = run.dataset.rows.flatMap(({ id }, i) =>
    run.systems.map(({ system, outputs, metrics }) => {
      const { prediction, error, trace } = outputs[i]!;
      const text =
        error === undefined ? escapeHtml(prediction ?? "") : `<span class="failed">${escapeHtml(error)}</span>`;
      const scores = metrics.map(({ values }) => number(show(values[i] ?? null))).join("");
      return `<tr><td>${escapeHtml(id)}</td><td>${escapeHtml(system)}</td><td class="text">${text}${trace ? `<br><small class="muted">trace ${escapeHtml(trace)}</small>` : ""}</td>${scores}</tr>`;
    }),
  );
  const signatures = [...new Set(run.systems.flatMap(({ metrics }) => metrics.map(({ signature }) => signature)))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(run.name)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(run.name)}</h1>
<p class="muted">${run.dataset.rows.length} rows of ${escapeHtml(run.dataset.name)}, ${escapeHtml(run.finishedAt)}. Intervals: 95 %, bootstrap over rows.</p>
<table><thead><tr><th>system</th>${names.join("")}<th class="number">failed</th><th class="number">ms</th><th class="number">cost</th></tr></thead><tbody>
${systems.join("\n")}
</tbody></table>
<h2>Rows</h2>
<table><thead><tr><th>row</th><th>system</th><th>output</th>${names.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table>
<p class="muted">${signatures.map(escapeHtml).join(" · ")}</p>
</body></html>
`;
}

const number = (text: string): string => `<td class="number">${escapeHtml(text)}</td>`;

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
