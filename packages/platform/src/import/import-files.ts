import { type FilePurpose, filePurposes } from "../files/files.ts";
import { type Account, asked, dateOf, oldestFirst } from "./account.ts";
import type { Tally } from "./tally.ts";

/** Files with their bytes. OpenAI does not give out those of assistants; their text comes with the vector stores. */
export async function importFiles({ client, files, project, signal }: Account, tally: Tally): Promise<void> {
  for (const { id, filename, purpose, created_at, expires_at } of await oldestFirst(
    client.files.list({}, { signal }),
  )) {
    if (!filePurposes.includes(purpose as FilePurpose)) {
      tally.leaveOut(id, `files for ${purpose} have no place here`);
      continue;
    }
    if (await files.find(project, id)) {
      tally.note(false);
      continue;
    }
    const response = await asked(client.files.content(id, { signal }), (reason) => tally.leaveOut(id, reason));
    if (!response) continue;
    const isNew = await files.adopt(project, response.body as AsyncIterable<Uint8Array>, {
      ...{ id, filename, purpose: purpose as FilePurpose, createdAt: dateOf(created_at) },
      expiresAt: expires_at ? dateOf(expires_at) : null,
      contentType: response.headers.get("content-type")?.split(";")[0] ?? "application/octet-stream",
    });
    tally.note(isNew);
  }
}
