import { type Item, readMetadata, type StoredConversation, unixSeconds } from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import type { InputItem } from "../responses/item-schema.ts";
import { toItems } from "../responses/to-items.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { CreateConversation, CreateItems, UpdateConversation } from "./schema.ts";

export function conversationRoutes({ platform: { conversations, responses } }: Services) {
  const app = new Hono();
  const read = (project: string, items: InputItem[] | null | undefined) =>
    toItems(items ?? [], { project, conversations, responses });

  app.post("/conversations", async (c) => {
    const { items, metadata } = await readJson(c, CreateConversation);
    const project = projectOf(c);
    const content = { metadata: readMetadata(metadata), items: await read(project, items) };
    return c.json(toConversation(await conversations.create(project, content)));
  });
  app.get("/conversations/:id", async (c) =>
    c.json(toConversation(await conversations.get(projectOf(c), c.req.param("id")))),
  );
  app.post("/conversations/:id", async (c) => {
    const { metadata } = await readJson(c, UpdateConversation);
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
    const { items } = await readJson(c, CreateItems);
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
