import type OpenAI from "openai";
import type { FileToAdd } from "../vector-stores/types.ts";
import { type Account, asked, dateOf, oldestFirst } from "./account.ts";
import type { Tally } from "./tally.ts";

/** Vector stores with their files, which are read anew here. A file whose bytes are not given out is its text. */
export async function importVectorStores(account: Account, tally: Tally): Promise<void> {
  const { client, vectorStores, project, signal } = account;
  for (const remote of await oldestFirst(client.vectorStores.list({ limit: 100 }, { signal }))) {
    const { id, name, created_at, metadata, expires_after } = remote;
    if (remote.status === "expired") {
      tally.leaveOut(id, "it has expired");
      continue;
    }
    const isNew = await vectorStores.adopt(project, {
      ...{ id, name, createdAt: dateOf(created_at), metadata: metadata ?? {} },
      expiresAfterDays: expires_after?.days ?? null,
    });
    const missing: FileToAdd[] = [];
    for (const file of await oldestFirst(client.vectorStores.files.list(id, { limit: 100 }, { signal }))) {
      const known = await vectorStores.hasFile(project, id, file.id);
      if (!known && (await bringFile(account, id, file, tally))) missing.push(toFile(file));
    }
    if (missing.length > 0) await vectorStores.addBatch(project, id, missing);
    tally.note(isNew || missing.length > 0);
  }
}

/** Sees to it that the file of a store is here. */
async function bringFile(
  { client, files, project, signal }: Account,
  storeId: string,
  { id, created_at }: OpenAI.VectorStores.VectorStoreFile,
  tally: Tally,
): Promise<boolean> {
  if (await files.find(project, id)) return true;
  const leaveOut = (reason: string) => tally.leaveOut(`${storeId}/${id}`, reason);
  const known = await asked(client.files.retrieve(id, { signal }), leaveOut);
  if (!known) return false;
  const read = async () => {
    let text = "";
    for await (const { text: part } of client.vectorStores.files.content(id, { vector_store_id: storeId }, { signal }))
      text += part ?? "";
    return text;
  };
  const text = await asked(read(), leaveOut);
  if (text === undefined) return false;
  const content = (async function* () {
    yield Buffer.from(text);
  })();
  await files.adopt(project, content, {
    ...{ id, filename: `${known.filename}.txt`, purpose: "assistants", createdAt: dateOf(created_at) },
    ...{ expiresAt: null, contentType: "text/plain" },
  });
  return true;
}

function toFile({ id, attributes, chunking_strategy }: OpenAI.VectorStores.VectorStoreFile): FileToAdd {
  return {
    fileId: id,
    attributes: attributes ?? {},
    ...(chunking_strategy?.type === "static" && { chunking: chunking_strategy }),
  };
}
