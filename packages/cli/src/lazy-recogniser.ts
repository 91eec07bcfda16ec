import type { Recogniser } from "@loam/rag";

/** A recogniser whose networks are loaded when the first picture comes: most commands never need them. */
export function lazyRecogniser(): Recogniser {
  let opening: Promise<Recogniser> | undefined;
  return {
    recognise: async (image, options) => {
      opening ??= import("@loam/rag").then(({ openRecogniser }) => openRecogniser());
      return (await opening).recognise(image, options);
    },
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}
