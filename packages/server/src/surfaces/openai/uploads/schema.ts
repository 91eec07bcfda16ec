import { maxUploadBytes, uploadPurposes } from "@loam/platform";
import { z } from "zod";
import { ExpiresAfter } from "../files/schema.ts";

export const CreateUpload = z.strictObject({
  filename: z.string().min(1).max(255),
  purpose: z.enum(uploadPurposes),
  bytes: z.number().int().min(1).max(maxUploadBytes),
  mime_type: z.string().min(1).max(255),
  expires_after: ExpiresAfter.optional(),
});

export const CompleteUpload = z.strictObject({
  part_ids: z.array(z.string()).min(1).max(10_000),
  md5: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, "expected 32 hexadecimal digits")
    .optional(),
});
