import type { VideoRecipe } from "../training/recipe.ts";
import { captionWorld } from "./caption-world.ts";
import { clipFolder } from "./clip-folder.ts";
import type { ClipSource } from "./clip-source.ts";
import { locateData } from "./locate.ts";
import { movingDigits } from "./moving-digits.ts";

/** The clips that a recipe names. */
export async function openClipSource(
  data: VideoRecipe["data"],
  { besides }: { besides?: string } = {},
): Promise<ClipSource> {
  const locate = (name: string) => locateData(name, { besides });
  switch (data.kind) {
    case "moving-digits": {
      const { images, labels, digit_size: digitSize, start_grid: startGrid, size } = data;
      return movingDigits({ images: locate(images), labels: locate(labels), digitSize, startGrid, size });
    }
    case "caption-world": {
      const {
        sizes,
        thing_size: thingSize,
        start_grid: startGrid,
        languages,
        two_things: twoThings,
        digits,
        pans,
      } = data;
      return captionWorld({ sizes, thingSize, startGrid, languages, twoThings, digits, pans });
    }
    case "folder":
      return clipFolder({ path: locate(data.path), size: data.size, channels: data.channels });
  }
}

/** Clips of the same kind that the recipe does not learn from; a world that is drawn anew each time has no end of them. */
export const openTestSource = (
  { data, test }: Pick<VideoRecipe, "data" | "test">,
  options: { besides?: string } = {},
): Promise<ClipSource> => openClipSource(data.kind === "moving-digits" ? { ...data, ...test } : data, options);
