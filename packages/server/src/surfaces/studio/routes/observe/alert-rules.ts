import { createRoute, z } from "@hono/zod-openapi";
import {
  type AlertChannel,
  type AlertRule,
  alertMetrics,
  createAlertRule,
  deleteAlertRule,
  getAlertRule,
  listAlertRules,
  updateAlertRule,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const ConditionSchema = z
  .object({
    metric: z.enum(alertMetrics),
    windowMinutes: z.number().openapi({ example: 15 }),
    above: z.number().optional(),
    below: z.number().optional(),
    clearAt: z.number().optional().openapi({ description: "Where a firing rule ends; the threshold when left out" }),
    feedback: z.string().max(200).optional().openapi({ description: "Of `score`: the judgement" }),
    model: z.string().max(200).optional(),
    key: z.string().max(500).optional().openapi({ description: "Of `run_nan`: only this curve" }),
  })
  .openapi("AlertCondition");
const ChannelSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("webhook"),
      url: z.url({ protocol: /^https?$/ }).max(2000),
      secret: z.string().max(500).optional().openapi({ description: "Signs the body; never shown again" }),
    }),
    z.object({
      type: z.literal("command"),
      name: z.string().max(200).openapi({ description: "One of `alerts.commands` of the configuration" }),
    }),
  ])
  .openapi("AlertChannel");
const RuleSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    project: z.string().nullable(),
    condition: ConditionSchema,
    channels: z.array(
      z.union([
        z.object({ type: z.literal("webhook"), url: z.string(), signed: z.boolean() }),
        z.object({ type: z.literal("command"), name: z.string() }),
      ]),
    ),
    level: z.enum(["info", "warn", "error"]),
    enabled: z.boolean(),
    state: z.enum(["ok", "firing"]).nullable().openapi({ description: "Null until it was first looked at" }),
    value: z.number().nullable(),
    checkedAt: z.iso.datetime().nullable(),
    changedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi("AlertRule");
type RuleJson = z.infer<typeof RuleSchema>;

const fields = z.object({
  name: z.string().min(1).max(200),
  project: z.string().max(500).nullable().optional(),
  condition: ConditionSchema,
  channels: z.array(ChannelSchema).max(20).optional(),
  level: z.enum(["info", "warn", "error"]).optional(),
  enabled: z.boolean().optional(),
});
const id = { params: z.object({ id: z.string().max(100) }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such rule") };

const list = createRoute({
  method: "get",
  path: "/alerts/rules",
  responses: { 200: json(z.array(RuleSchema), "Newest first") },
});
const create = createRoute({
  method: "post",
  path: "/alerts/rules",
  request: body(fields),
  responses: { 201: json(RuleSchema, "Made"), ...refused },
});
const get = createRoute({
  method: "get",
  path: "/alerts/rules/{id}",
  request: id,
  responses: { 200: json(RuleSchema, "The rule"), ...refused },
});
const update = createRoute({
  method: "patch",
  path: "/alerts/rules/{id}",
  request: { ...id, ...body(fields.partial()) },
  responses: { 200: json(RuleSchema, "Changed"), ...refused },
});
const remove = createRoute({
  method: "delete",
  path: "/alerts/rules/{id}",
  request: id,
  responses: { 200: json(z.object({ id: z.string() }), "Gone"), ...refused },
});

/** Numbers that are watched, and whom to tell. */
export function alertRuleRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => c.json((await listAlertRules(store)).map(show), 200))
    .openapi(create, async (c) => c.json(show(await createAlertRule(store, c.req.valid("json"))), 201))
    .openapi(get, async (c) => c.json(show(await getAlertRule(store, c.req.valid("param").id)), 200))
    .openapi(update, async (c) =>
      c.json(show(await updateAlertRule(store, c.req.valid("param").id, c.req.valid("json"))), 200),
    )
    .openapi(remove, async (c) => {
      const { id: gone } = c.req.valid("param");
      await deleteAlertRule(store, gone);
      return c.json({ id: gone }, 200);
    });
}

function show({ channels, checkedAt, changedAt, createdAt, ...rule }: AlertRule): RuleJson {
  return {
    ...rule,
    channels: channels.map(showChannel),
    checkedAt: checkedAt?.toISOString() ?? null,
    changedAt: changedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

/** Without the secret. */
function showChannel(channel: AlertChannel) {
  return channel.type === "webhook"
    ? { type: channel.type, url: channel.url, signed: channel.secret !== undefined }
    : { type: channel.type, name: channel.name };
}
