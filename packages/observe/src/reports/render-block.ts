import { NotFoundError } from "@loam/core";
import type { Store } from "@loam/store";
import { runFilter, runOrder } from "../filters/run-filter.ts";
import { getFile, readFileBytes } from "../ingest/files.ts";
import type { SpanNode } from "../record/trace-tree.ts";
import { getTrace } from "../record/traces.ts";
import { curvesOf } from "../runs/curves.ts";
import { currentValues } from "../runs/points.ts";
import { type StoredRun, searchRuns } from "../runs/search-runs.ts";
import { runSql } from "../sql/run-sql.ts";
import type { ReportBlock } from "./blocks.ts";
import { escapeHtml, lineChart, shortNumber } from "./line-chart.ts";

const maxImageBytes = 8 * 1024 ** 2;
const imageTypes: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};

/** A live block as it stands now, in HTML that needs nothing else. @throws {LoamError} when what it names is not there. */
export async function renderBlock(store: Store, block: ReportBlock): Promise<string> {
  switch (block.type) {
    case "loam-chart": {
      const runs = await chosenRuns(store, block);
      const names = new Map(runs.map(({ id, name }) => [id, name]));
      const curves = await curvesOf(store, [...names.keys()], { keys: block.keys, points: 400 });
      const labelled = curves.map(({ runId, key, points }) => ({
        label: block.keys.length > 1 ? `${names.get(runId)} · ${key}` : names.get(runId)!,
        points,
      }));
      return lineChart(labelled, { title: block.title ?? block.keys.join(", "), log: block.log });
    }
    case "loam-runs":
      return await runTable(store, await chosenRuns(store, block), block.columns);
    case "loam-metric": {
      const [run] = await searchRuns(store, { ids: [block.run] });
      const found = (await currentValues(store, [block.run])).get(block.run)?.find(({ key }) => key === block.key);
      if (!run || !found) throw new NotFoundError("metric", `${block.key} of ${block.run}`);
      return `<p class="number"><b>${shortNumber(found.value)}</b> ${escapeHtml(block.label ?? `${block.key}, ${run.name}`)}</p>`;
    }
    case "loam-trace": {
      const { roots, ...summary } = await getTrace(store, block.id);
      return `<div class="trace"><p><b>${escapeHtml(summary.name)}</b> · ${shortNumber(summary.durationMs)} ms · ${summary.status}</p>${spanList(roots)}</div>`;
    }
    case "loam-image": {
      const file = await getFile(store, `run/${block.run}`, block.path);
      const type = imageTypes[block.path.split(".").at(-1)!.toLowerCase()];
      if (!type || file.sizeBytes > maxImageBytes) throw new NotFoundError("image of at most 8 MiB", block.path);
      const data = Buffer.from(await readFileBytes(store, file)).toString("base64");
      const caption = escapeHtml(block.caption ?? block.path);
      return `<figure><img alt="${caption}" src="data:${type};base64,${data}"><figcaption>${caption}</figcaption></figure>`;
    }
    case "loam-sql": {
      const { columns, rows, truncated } = await runSql(store, block.sql, { maxRows: block.limit });
      return (
        table(
          columns.map(({ name }) => name),
          rows,
        ) + (truncated ? `<p class="empty">The first ${rows.length} rows.</p>` : "")
      );
    }
  }
}

async function chosenRuns(
  store: Store,
  {
    experiment,
    filter,
    order,
    runs,
    limit,
  }: { experiment?: string; filter?: string; order?: string; runs?: string[]; limit: number },
): Promise<StoredRun[]> {
  return await searchRuns(store, {
    experiments: experiment === undefined ? undefined : [experiment],
    ids: runs,
    where: filter ? runFilter(filter) : undefined,
    orderBy: runOrder(order ? [order] : []),
    archived: "hide",
    limit,
  });
}

async function runTable(store: Store, runs: readonly StoredRun[], columns: readonly string[] = []): Promise<string> {
  const values = await currentValues(
    store,
    runs.map(({ id }) => id),
  );
  const shown =
    columns.length > 0
      ? columns
      : [...new Set(runs.flatMap(({ id }) => (values.get(id) ?? []).map(({ key }) => `metrics.${key}`)))].slice(0, 8);
  const cell = (run: StoredRun, column: string): unknown => {
    const [, kind, key] = /^(metrics|params|tags)\.(.*)$/s.exec(column) ?? [];
    if (kind === "metrics") return values.get(run.id)?.find((value) => value.key === key)?.value;
    if (kind === "params") return run.params[key!];
    return kind === "tags" ? run.tags[key!] : undefined;
  };
  return table(
    ["run", "status", ...shown],
    runs.map((run) => [run.name, run.status, ...shown.map((column) => cell(run, column))]),
  );
}

function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const head = columns.map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((value) => `<td>${shown(value)}</td>`).join("")}</tr>`).join("");
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return shortNumber(value);
  return escapeHtml((typeof value === "string" ? value : JSON.stringify(value)).slice(0, 2000));
}

/** The first spans of a tree, each indented below its parent. */
function spanList(roots: readonly SpanNode[], most = 200): string {
  const lines: string[] = [];
  const coming: [SpanNode, number][] = roots.toReversed().map((node) => [node, 0]);
  for (let next = coming.pop(); next && lines.length < most; next = coming.pop()) {
    const [node, depth] = next;
    lines.push(
      `<li style="margin-left:${Math.min(depth, 20) * 16}px">${escapeHtml(node.name)} <small>${escapeHtml(node.kind)} · ${shortNumber(node.durationMs)} ms${node.status === "error" ? " · error" : ""}</small></li>`,
    );
    for (const child of node.children.toReversed()) coming.push([child, depth + 1]);
  }
  return `<ul>${lines.join("")}</ul>`;
}
