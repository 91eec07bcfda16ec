import { webhookEventTypes } from "@loam/platform";
import { z } from "zod";

const EventType = z.enum(webhookEventTypes);
const name = z.string().trim().min(1).max(256);
const url = z.string().min(1).max(2048);

export const CreateEndpoint = z.strictObject({ name, url, event_types: z.array(EventType).min(1).max(100) });

export const UpdateEndpoint = CreateEndpoint.partial();

export const RotateSecret = z.strictObject({ keep_old_secret_active_for_24_hours: z.boolean().optional() });

export const TestEndpoint = z.strictObject({ event_type: EventType });
