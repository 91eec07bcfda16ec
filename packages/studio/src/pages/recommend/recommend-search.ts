export type RecommendTab = "describe" | "forYou" | "map";

/** What a link to the recommendations says. */
export interface RecommendSearch {
  catalogue?: string;
  tab?: RecommendTab;
  q?: string;
  /** Books like this one: its id. */
  like?: string;
  /** Its title, to be shown. */
  likeTitle?: string;
  languages?: string;
  tags?: string;
  from?: string;
  to?: string;
  /** 0 to 1. */
  variety?: string;
}

export function readRecommendSearch(search: Record<string, unknown>): RecommendSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const year = (name: string) => (/^-?\d{1,4}$/.test(text(name) ?? "") ? text(name) : undefined);
  const variety = Number(text("variety"));
  const read: RecommendSearch = {
    catalogue: text("catalogue"),
    tab: (["describe", "forYou", "map"] as const).find((tab) => tab === search.tab),
    q: text("q"),
    like: text("like"),
    likeTitle: text("likeTitle"),
    languages: text("languages"),
    tags: text("tags"),
    from: year("from"),
    to: year("to"),
    variety: variety > 0 && variety <= 1 ? String(variety) : undefined,
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** A list in a link; names may hold anything but `|`. */
export const readList = (text: string | undefined): string[] => (text === undefined ? [] : text.split("|"));
export const writeList = (names: readonly string[]): string => names.join("|");

/** The years between two ends of which either may be open; undefined when both are. */
export function readYears({ from, to }: RecommendSearch): [number, number] | undefined {
  return from === undefined && to === undefined ? undefined : [Number(from ?? -9999), Number(to ?? 9999)];
}
