import { batchEndpoints } from "@loam/platform";
import { z } from "zod";
import { ExpiresAfter } from "../files/schema.ts";
import { MetadataField } from "../wire/metadata.ts";

export const CreateBatch = z.strictObject({
  input_file_id: z.string(),
  endpoint: z.enum(batchEndpoints),
  completion_window: z.literal("24h"),
  metadata: MetadataField,
  output_expires_after: ExpiresAfter.optional(),
});
