import { ArgumentError, execWithinTime, InputError, nearestName, show } from "@loam/core";

/** Which modules an adapter goes on, in PEFT's terms. */
export interface TargetSpec {
  /** Names (a module matches by its whole path or by its last parts), one regular expression for the whole path, or `all-linear`. */
  targetModules: readonly string[] | string;
  excludeModules?: readonly string[] | string | null;
  /** Only these layers, by number. */
  layersToTransform?: readonly number[] | number | null;
  /** The name before the layer number, when it is not obvious from the path. */
  layersPattern?: readonly string[] | string | null;
}

/**
 * Paths of the modules that an adapter goes on, in the order of `modules`.
 *
 * @param modules path of every module that there is of the kind (`model.layers.0.self_attn.q_proj`)
 * @param outputHead the language-model head, which `all-linear` leaves out; `kind` is what messages call the modules
 * @throws {InputError} `no_target` when nothing matches: lists what there is and the nearest name.
 */
export function matchTargets(
  modules: readonly string[],
  spec: TargetSpec,
  { outputHead, kind = "linear layers" }: { outputHead?: string; kind?: string } = {},
): string[] {
  const matched = modules.filter((path) => !isNamed(path, spec.excludeModules) && isTarget(path, spec, outputHead));
  if (matched.length > 0) return matched;
  const names = [...new Set(modules.map(lastPart))];
  const asked = typeof spec.targetModules === "string" ? spec.targetModules : (spec.targetModules[0] ?? "");
  const near = nearestName(lastPart(asked), names);
  throw new InputError(
    "no_target",
    `target_modules ${show(spec.targetModules)} match none of the ${modules.length} ${kind}.`,
    {
      details: { targetModules: spec.targetModules, names },
      hint: `there are ${names.join(", ")}${near ? `; did you mean "${near}"?` : ""}`,
    },
  );
}

/** `check_target_module_exists` of PEFT 0.21 (`tuners/tuners_utils.py`): a whole path or a regular expression is not asked for its layer. */
function isTarget(path: string, spec: TargetSpec, outputHead: string | undefined): boolean {
  const { targetModules } = spec;
  if (targetModules === "all-linear") return path !== outputHead && isInLayers(path, spec);
  if (typeof targetModules === "string" || targetModules.includes(path)) return isNamed(path, targetModules);
  return isNamed(path, targetModules) && isInLayers(path, spec);
}

/** Whether a path is one of the names, ends in one, or is wholly matched by one regular expression. */
export function isNamed(path: string, names: readonly string[] | string | null | undefined): boolean {
  if (names === null || names === undefined) return false;
  if (typeof names === "string") return wholeMatch(names, path);
  return names.some((name) => path === name || path.endsWith(`.${name}`));
}

/** Whether a path is one of the names, or lies inside or ends in one (`modules_to_save` of PEFT 0.21's `check_target_module_exists`). */
export function isWithin(path: string, names: readonly string[]): boolean {
  return names.some((name) => execWithinTime(new RegExp(`^(?:|.*\\.)${name}(?:$|\\..*)`), path) !== null);
}

/**
 * Python's `re.fullmatch`.
 *
 * @throws {ArgumentError} for a pattern that is no regular expression.
 */
export function wholeMatch(pattern: string, path: string): boolean {
  try {
    return execWithinTime(new RegExp(`^(?:${pattern})$`), path) !== null;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new ArgumentError(
      "target_modules",
      pattern,
      "a list of names, a regular expression or all-linear",
      (cause as Error).message,
    );
  }
}

function isInLayers(path: string, { layersToTransform, layersPattern }: TargetSpec): boolean {
  const wanted = [layersToTransform ?? []].flat();
  if (wanted.length === 0) return true;
  const named = [layersPattern ?? []].flat();
  for (const pattern of named.length > 0 ? named : ["[^.]*"]) {
    const number = execWithinTime(new RegExp(`^(?:|.*?\\.)${pattern}\\.(\\d+)\\.`), path)?.[1];
    if (number !== undefined) return wanted.includes(Number(number));
  }
  return false;
}

/** The value of the first pattern that the end of a path matches, as PEFT's `rank_pattern` and `alpha_pattern` are read. */
export function patternValue<T>(patterns: Readonly<Record<string, T>> | null | undefined, path: string): T | undefined {
  const key = Object.keys(patterns ?? {}).find((pattern) =>
    execWithinTime(new RegExp(`^(?:.*\\.)?(?:${pattern})$`), path),
  );
  return key === undefined ? undefined : patterns![key];
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
