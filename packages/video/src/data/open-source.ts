import type { VideoRecipe } from "../training/recipe.ts";
import type { ClipSource } from "./clip-source.ts";
import { locateData } from "./locate.ts";
import { movingDigits } from "./moving-digits.ts";

/** The clips that a recipe names. */
export async function openClipSource(
  data: VideoRecipe["data"],
  { besides }: { besides?: string } = {},
): Promise<ClipSource> {
  return movingDigits({
    images: locateData(data.images, { besides }),
    labels: locateData(data.labels, { besides }),
    digitSize: data.digit_size,
    startGrid: data.start_grid,
    size: data.size,
  });
}

/** Clips of the same kind that the recipe does not learn from. */
export const openTestSource = (
  { data, test }: Pick<VideoRecipe, "data" | "test">,
  options: { besides?: string } = {},
): Promise<ClipSource> => openClipSource({ ...data, ...test }, options);
