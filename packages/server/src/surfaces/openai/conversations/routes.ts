import { type Item, readMetadata, type StoredConversation, unixSeconds } from "@loam/platform";
import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { InputItem } from "../responses/item-schema.ts";
import { toItems } from "../responses/to-items.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";

/** OpenAI takes so many items at a time. */
const Items = z.array(InputItem).max(20);
const NewConversation = z.strictObject({ items: Items.nullish(), metadata: z.unknown().optional() });

export function conversationRoutes({ platform: { conversations, responses } }: Services) {
  const app = new Hono();
  const read = (project: string, items: z.output<typeof Items> | null | undefined) =>
    toItems(items ?? [], { project, conversations, responses });

  app.post("/conversations", async (c) => {
    const { items, metadata } = await readJson(c, NewConversation);
    const project = projectOf(c);
    const content = { metadata: readMetadata(metadata), items: await read(project, items) };
    return c.json(toConversation(await conversations.create(project, content)));
  });
  app.get("/conversations/:id", async (c) =>
    c.json(toConversation(await conversations.get(projectOf(c), c.req.param("id")))),
  );
  app.post("/conversations/:id", async (c) => {
    const { metadata } = await readJson(c, z.strictObject({ metadata: z.unknown() }));
    const row = await conversations.setMetadata(projectOf(c), c.req.param("id"), readMetadata(metadata));
    return c.json(toConversation(row));
  });
  app.delete("/conversations/:id", async (c) => {
    const id = c.req.param("id");
    await conversations.remove(projectOf(c), id);
    return c.json({ id, object: "conversation.deleted", deleted: true });
  });

  app.get("/conversations/:id/items", async (c) => {
    const query = readPage(c.req.query(), "conversation_items");
    return c.json(toList(await conversations.items(projectOf(c), c.req.param("id"), query), (item: Item) => item));
  });
  app.post("/conversations/:id/items", async (c) => {
    const { items } = await readJson(c, z.strictObject({ items: Items.min(1) }));
    const project = projectOf(c);
    const id = c.req.param("id");
    await conversations.get(project, id);
    const added = await read(project, items);
    await conversations.addItems(project, id, added);
    return c.json(toList({ data: added, hasMore: false }, (item) => item));
  });
  app.get("/conversations/:id/items/:item", async (c) =>
    c.json(await conversations.item(projectOf(c), c.req.param("id"), c.req.param("item"))),
  );
  app.delete("/conversations/:id/items/:item", async (c) => {
    const id = c.req.param("id");
    await conversations.removeItem(projectOf(c), id, c.req.param("item"));
    return c.json(toConversation(await conversations.get(projectOf(c), id)));
  });
  return app;
}

function toConversation({ id, createdAt, metadata }: StoredConversation) {
  return { id, object: "conversation" as const, created_at: unixSeconds(createdAt), metadata };
}
