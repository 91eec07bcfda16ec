import { z } from "zod";
import { InputItem } from "../responses/item-schema.ts";

/** OpenAI takes so many items at a time. */
const Items = z.array(InputItem).max(20);

export const CreateConversation = z.strictObject({ items: Items.nullish(), metadata: z.unknown().optional() });

export const UpdateConversation = z.strictObject({ metadata: z.unknown() });

export const CreateItems = z.strictObject({ items: Items.min(1) });
