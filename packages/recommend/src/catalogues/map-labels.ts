import { Rng } from "@loam/core";
import type { CatalogueItem } from "../items/catalogue.ts";

/** The name of a region of a map. */
export interface MapLabel {
  x: number;
  y: number;
  text: string;
  /** Items of the region. */
  items: number;
}

const regions = 14;
const rounds = 25;
/** A name stands for at least this share of its region. */
const leastShare = 0.15;

/**
 * Names the regions of a map: points in groups (k-means), each called by the tag that its items have most above all
 * others. A name is given once; a region without a telling tag has none.
 */
export function mapLabels(items: readonly CatalogueItem[], points: Float32Array): MapLabel[] {
  const groups = groupPoints(points, Math.min(regions, Math.floor(items.length / 12)));
  const shareOf = (members: readonly number[]): Map<string, number> => {
    const shares = new Map<string, number>();
    for (const member of members)
      for (const name of leadingTags(items[member]!)) shares.set(name, (shares.get(name) ?? 0) + 1 / members.length);
    return shares;
  };
  const overall = shareOf(items.map((_, i) => i));
  const taken = new Set<string>();
  return groups
    .sort((a, b) => b.members.length - a.members.length)
    .flatMap(({ x, y, members }) => {
      const best = [...shareOf(members)]
        .filter(([name, share]) => share >= leastShare && !taken.has(name))
        // A tag that half the catalogue has tells nothing, one that three items have is no region.
        .map(([name, share]) => ({ name, value: share * Math.log(share / overall.get(name)!) }))
        .sort((a, b) => b.value - a.value)[0];
      if (!best || best.value < 0.05) return [];
      taken.add(best.name);
      return [{ x, y, text: best.name, items: members.length }];
    });
}

/** The weightiest tags; where all weigh the same, all. */
function leadingTags({ tags }: CatalogueItem): string[] {
  const weights = tags.map(({ weight }) => weight).sort((a, b) => b - a);
  const least = weights[Math.min(11, weights.length - 1)] ?? 0;
  return tags.filter(({ weight }) => weight >= least).map(({ name }) => name.toLowerCase());
}

interface Group {
  x: number;
  y: number;
  members: number[];
}

function groupPoints(points: Float32Array, count: number): Group[] {
  const n = points.length / 2;
  const rng = new Rng(1);
  let groups: Group[] = Array.from({ length: count }, () => {
    const i = rng.integer(n);
    return { x: points[2 * i]!, y: points[2 * i + 1]!, members: [] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const group of groups) group.members = [];
    for (let i = 0; i < n; i++) {
      let [nearest, least] = [groups[0], Number.POSITIVE_INFINITY];
      for (const group of groups) {
        const distance = (points[2 * i]! - group.x) ** 2 + (points[2 * i + 1]! - group.y) ** 2;
        if (distance < least) [nearest, least] = [group, distance];
      }
      nearest?.members.push(i);
    }
    groups = groups
      .filter(({ members }) => members.length > 0)
      .map(({ members }) => ({
        x: members.reduce((sum, i) => sum + points[2 * i]!, 0) / members.length,
        y: members.reduce((sum, i) => sum + points[2 * i + 1]!, 0) / members.length,
        members,
      }));
  }
  return groups;
}
