import { z } from "zod";

const prompt = z.string().min(1, "expected a prompt of at least 1 character").max(32_000);

/** A file that was uploaded before, or a picture within the request. */
const PictureReference = z.strictObject({
  file_id: z.string().optional(),
  image_url: z.string().optional(),
});

/** Forms bring texts, JSON may bring numbers. */
const seconds = z.union([z.string(), z.number()]).transform(String);

export const CreateVideo = z.strictObject({
  prompt,
  model: z.string().optional(),
  size: z.string().optional(),
  seconds: seconds.optional(),
  input_reference: z.union([PictureReference, z.instanceof(Uint8Array)]).optional(),
});

const Source = z.union([z.strictObject({ id: z.string() }), z.instanceof(Uint8Array)]);

export const EditVideo = z.strictObject({ prompt, video: Source });
export const ExtendVideo = z.strictObject({ prompt, seconds, video: Source });
export const RemixVideo = z.strictObject({ prompt });
export const CreateCharacter = z.strictObject({ name: z.string(), video: z.instanceof(Uint8Array) });
