import { uploadPurposes } from "@loam/platform";
import { z } from "zod";

/** The fields beside the file, as a form has them. */
export const FileFields = z.strictObject({
  purpose: z.enum(uploadPurposes),
  "expires_after[anchor]": z.literal("created_at").optional(),
  "expires_after[seconds]": z.coerce.number().int().min(3600).max(2_592_000).optional(),
});

export const ExpiresAfter = z.strictObject({
  anchor: z.literal("created_at"),
  seconds: z.number().int().min(3600).max(2_592_000),
});
