/** Something that the palette leads to. */
export interface Target {
  group: "pages" | "documents" | "runs" | "traces";
  /** Its address. */
  to: string;
  name: string;
  /** Said beside the name. */
  detail?: string;
  /** Found by this too, though it is not shown. */
  also?: string;
}

const perGroup = 6;

/** The targets whose name or detail has every word of the query: those that begin with it first, a few of each group. */
export function matchesOf(targets: readonly Target[], query: string): Target[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const start = words.join(" ");
  const ranked = targets
    .map((target, order) => ({
      target,
      order,
      text: `${target.name} ${target.detail ?? ""} ${target.also ?? ""}`.toLocaleLowerCase(),
    }))
    .filter(({ text }) => words.every((word) => text.includes(word)))
    .map((entry) => ({ ...entry, rank: start !== "" && entry.text.startsWith(start) ? 0 : 1 }))
    .sort((a, b) => a.rank - b.rank || a.order - b.order);
  const groups = new Map<Target["group"], Target[]>();
  for (const { target } of ranked) {
    const group = groups.get(target.group) ?? [];
    if (group.length < (target.group === "pages" && words.length === 0 ? 20 : perGroup)) group.push(target);
    groups.set(target.group, group);
  }
  return (["pages", "documents", "runs", "traces"] as const).flatMap((name) => groups.get(name) ?? []);
}
