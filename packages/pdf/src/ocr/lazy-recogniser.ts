import { openRecogniser } from "./open-recogniser.ts";
import type { Recogniser } from "./recogniser.ts";

/** A recogniser whose networks (about a second, 200 MB) are loaded when the first page without text comes along. */
export function lazyRecogniser(): Recogniser {
  let opening: Promise<Recogniser> | undefined;
  return {
    recognise: async (image, options) => {
      opening ??= openRecogniser();
      return (await opening).recognise(image, options);
    },
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}
