import { Hono } from "hono";
import type { Services } from "../../services/services.ts";
import { generationRoutes } from "./generation.ts";
import { objectRoutes } from "./objects.ts";
import { refusals } from "./wire/not-supported.ts";

/** An endpoint of OpenAI's API, as this server has it. */
export interface OpenAiEndpoint {
  method: string;
  path: string;
  state: "served" | "partly" | "refused";
  /** What is left out, or what to use instead. */
  note?: string;
}

/** What is served without a part of it, by the path's beginning. */
const gaps: readonly (readonly [path: RegExp, note: string])[] = [
  [/^\/v1\/completions$/, "no `suffix`, no `best_of`"],
  [
    /^\/v1\/fine_tuning\/jobs$/,
    "reinforcement at toy scale, without `python` graders; `wandb` is this server's own tracking",
  ],
  [/^\/v1\/fine_tuning\/alpha\/graders/, "no `python` graders"],
  [/^\/v1\/(assistants|threads)/, "`file_search` and functions; no code interpreter"],
  [/^\/v1\/responses$/, "functions, custom tools and `file_search`; no tools that OpenAI hosts"],
];

/** Every endpoint, told by the routes themselves: those that answer, and those that are refused by name. */
export function openAiEndpoints(): OpenAiEndpoint[] {
  const app = new Hono();
  app.route("/v1", generationRoutes(nothing));
  app.route("/v1", objectRoutes(nothing));
  const served = new Map<string, OpenAiEndpoint>();
  for (const { method, path: pattern } of app.routes) {
    if (method === "ALL") continue;
    const path = pattern.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
    const note = gaps.find(([gap]) => gap.test(path))?.[1];
    served.set(`${method} ${path}`, { method, path, state: note ? "partly" : "served", ...(note && { note }) });
  }
  const refused = refusals.map(({ prefix, instead }): OpenAiEndpoint => {
    return { method: "*", path: `/v1${prefix}`, state: "refused", note: instead };
  });
  return [...[...served.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)), ...refused];
}

/** The table of docs/openai.md: methods of one path in one row. */
export function endpointTable(): string {
  const rows = new Map<string, { methods: string[]; state: string; note: string }>();
  for (const { method, path, state, note = "" } of openAiEndpoints()) {
    const row = rows.get(path) ?? { methods: [], state, note };
    row.methods.push(method);
    rows.set(path, row);
  }
  const lines = [...rows].map(
    ([path, { methods, state, note }]) => `| \`${path}\` | ${methods.join(", ")} | ${state} | ${note} |`,
  );
  return ["| path | methods | | |", "|---|---|---|---|", ...lines].join("\n");
}

/** Routes are made here and none is called: whatever they ask of their services is nothing. */
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as Services;
