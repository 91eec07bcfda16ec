import { ArgumentError, nearestName } from "@loam/core";
import { checkSpace, type Dimension } from "./space.ts";

export type SweepMethod = "grid" | "random" | "bayes";

/** How trials that will come to nothing are ended. */
export type EarlyStop =
  | { type: "hyperband"; minSteps: number; eta: number }
  | { type: "median"; minSteps: number; minTrials: number };

/** A search over parameters. */
export interface SweepConfig {
  method: SweepMethod;
  name?: string;
  program?: string;
  command?: string[];
  metric?: { name: string; goal: "minimize" | "maximize" };
  dimensions: Dimension[];
  /** Parameters that are the same in every trial. */
  constants: Record<string, unknown>;
  earlyStop?: EarlyStop;
  /** Trials at most. */
  runCap?: number;
  seed?: number;
}

type Json = Record<string, unknown>;

/**
 * A sweep as W&B's configuration says it: `{ method, metric: { name, goal }, parameters: { lr: { min, max,
 * distribution } }, early_terminate, run_cap }`.
 *
 * @throws {ArgumentError} naming what is not understood.
 */
export function readSweepConfig(config: unknown): SweepConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new ArgumentError("sweep", config, "an object with `method` and `parameters`");
  const body = config as Json;
  const method = String(body.method ?? "random") as SweepMethod;
  if (method !== "grid" && method !== "random" && method !== "bayes")
    throw new ArgumentError("method", body.method, "grid, random or bayes");
  const dimensions: Dimension[] = [];
  const constants: Record<string, unknown> = {};
  readParameters(objectOf(body.parameters, "parameters"), "", dimensions, constants);
  checkSpace(dimensions);
  if (method === "grid")
    for (const { name, kind, ...rest } of dimensions)
      if (kind !== "categorical" && !(kind === "int" || ("step" in rest && rest.step)))
        throw new ArgumentError(name, kind, "`values`, or a range of integers, in a grid", "give its `values`");
  const metric = body.metric === undefined || body.metric === null ? undefined : objectOf(body.metric, "metric");
  const goal = metric?.goal ?? "minimize";
  if (goal !== "minimize" && goal !== "maximize") throw new ArgumentError("metric.goal", goal, "minimize or maximize");
  if (method === "bayes" && typeof metric?.name !== "string")
    throw new ArgumentError("metric", body.metric, "`{ name, goal }`: a search by results must know which result");
  return {
    method,
    ...(typeof body.name === "string" ? { name: body.name } : {}),
    ...(typeof body.program === "string" ? { program: body.program } : {}),
    ...(Array.isArray(body.command) ? { command: body.command.map(String) } : {}),
    ...(typeof metric?.name === "string" ? { metric: { name: metric.name, goal } } : {}),
    dimensions,
    constants,
    ...earlyStopOf(body.early_terminate),
    ...(typeof body.run_cap === "number" ? { runCap: body.run_cap } : {}),
    ...(typeof body.seed === "number" ? { seed: body.seed } : {}),
  };
}

function objectOf(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ArgumentError(name, value, "an object");
}

function readParameters(
  parameters: Json,
  prefix: string,
  dimensions: Dimension[],
  constants: Record<string, unknown>,
): void {
  for (const [key, given] of Object.entries(parameters)) {
    const name = prefix + key;
    const parameter = objectOf(given, name);
    if (parameter.parameters !== undefined) {
      readParameters(objectOf(parameter.parameters, name), `${name}.`, dimensions, constants);
      continue;
    }
    const read = readParameter(name, parameter);
    if ("constant" in read) constants[name] = read.constant;
    else {
      const when = parameter.when;
      dimensions.push(when === undefined ? read : { ...read, when: conditionOf(name, when) });
    }
  }
}

function conditionOf(name: string, when: unknown): NonNullable<Dimension["when"]> {
  const [[other, values] = []] = Object.entries(objectOf(when, `${name}.when`));
  if (other === undefined) throw new ArgumentError(`${name}.when`, when, "`{ <other parameter>: <value or values> }`");
  return { name: other, in: Array.isArray(values) ? values : [values] };
}

const distributions = [
  "constant",
  "categorical",
  "int_uniform",
  "uniform",
  "q_uniform",
  "log_uniform",
  "log_uniform_values",
  "q_log_uniform",
  "q_log_uniform_values",
  "inv_log_uniform",
  "inv_log_uniform_values",
  "normal",
  "q_normal",
  "log_normal",
  "q_log_normal",
];

function readParameter(name: string, given: Json): Dimension | { constant: unknown } {
  if ("value" in given) return { constant: given.value };
  if (given.values !== undefined) {
    if (!Array.isArray(given.values)) throw new ArgumentError(`${name}.values`, given.values, "a list");
    const weights = Array.isArray(given.probabilities) ? given.probabilities.map(Number) : undefined;
    return { name, kind: "categorical", choices: given.values, ...(weights ? { weights } : {}) };
  }
  const number = (key: string, otherwise?: number): number => {
    const value = given[key] ?? otherwise;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new ArgumentError(`${name}.${key}`, given[key], "a number");
  };
  const asked = given.distribution;
  const distribution =
    typeof asked === "string"
      ? asked
      : given.mu !== undefined
        ? "normal"
        : Number.isInteger(given.min) && Number.isInteger(given.max)
          ? "int_uniform"
          : "uniform";
  const step = distribution.startsWith("q_") ? number("q", 1) : undefined;
  const stepped = step === undefined ? {} : { step };
  switch (distribution) {
    case "int_uniform":
      return { name, kind: "int", low: number("min"), high: number("max") };
    case "uniform":
    case "q_uniform":
      return { name, kind: "float", low: number("min"), high: number("max"), ...stepped };
    case "log_uniform_values":
    case "q_log_uniform_values":
    case "inv_log_uniform_values":
      return { name, kind: "float", low: number("min"), high: number("max"), log: true, ...stepped };
    case "log_uniform":
    case "q_log_uniform":
      return {
        name,
        kind: "float",
        low: Math.exp(number("min")),
        high: Math.exp(number("max")),
        log: true,
        ...stepped,
      };
    case "inv_log_uniform":
      return { name, kind: "float", low: Math.exp(-number("max")), high: Math.exp(-number("min")), log: true };
    case "normal":
    case "q_normal":
      return { name, kind: "normal", mu: number("mu", 0), sigma: number("sigma", 1), ...stepped };
    case "log_normal":
    case "q_log_normal":
      return { name, kind: "normal", mu: number("mu", 0), sigma: number("sigma", 1), log: true, ...stepped };
    default: {
      const near = nearestName(distribution, distributions);
      throw new ArgumentError(
        `${name}.distribution`,
        distribution,
        `one of ${distributions.join(", ")}`,
        near ? `did you mean ${JSON.stringify(near)}?` : undefined,
      );
    }
  }
}

function earlyStopOf(given: unknown): { earlyStop?: EarlyStop } {
  if (given === undefined || given === null) return {};
  const body = objectOf(given, "early_terminate");
  const number = (value: unknown, otherwise: number) => (typeof value === "number" && value > 0 ? value : otherwise);
  if (body.type === "median")
    return { earlyStop: { type: "median", minSteps: number(body.min_iter, 3), minTrials: number(body.min_trials, 3) } };
  if (body.type !== "hyperband") throw new ArgumentError("early_terminate.type", body.type, "hyperband or median");
  const eta = number(body.eta, 3);
  const minSteps =
    typeof body.min_iter === "number"
      ? number(body.min_iter, 3)
      : Math.max(1, Math.floor(number(body.max_iter, 27) / eta ** number(body.s, 2)));
  return { earlyStop: { type: "hyperband", minSteps, eta: Math.max(1.01, eta) } };
}

/** `{ "opt.name": "adam" }` as `{ opt: { name: "adam" } }`. */
export function nestParams(flat: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const path = name.split(".");
    let node = result;
    for (const step of path.slice(0, -1)) {
      const next = Object.hasOwn(node, step) ? node[step] : undefined;
      if (typeof next !== "object" || next === null)
        Object.defineProperty(node, step, { value: {}, enumerable: true, writable: true, configurable: true });
      node = node[step] as Record<string, unknown>;
    }
    Object.defineProperty(node, path.at(-1)!, { value, enumerable: true, writable: true, configurable: true });
  }
  return result;
}
