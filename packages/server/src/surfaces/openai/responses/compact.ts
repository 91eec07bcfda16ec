import {
  collect,
  countPromptTokens,
  generate,
  type Item,
  newItemId,
  newObjectId,
  type Platform,
  toMessages,
  toResponseUsage,
  writeCompaction,
} from "@loam/platform";

const ask =
  "Summarise the conversation above for somebody who has to go on with it: what was asked, what was found, what is open. " +
  "Answer with the summary only.";
const summaryTokens = 256;
/** Of a long conversation so many characters of each message are read for its summary. */
const excerptCharacters = 1500;

/** A conversation in fewer tokens: a summary that only this server can read, and the last words of the user. */
export async function compact(
  platform: Platform,
  { model, items, instructions }: { model: string; items: readonly Item[]; instructions?: string },
  { signal }: { signal: AbortSignal },
): Promise<object> {
  const last = items.findLast((item) => item.type === "message" && item.role === "user");
  const told = toMessages(items).map(({ role, content }) => {
    const text = typeof content === "string" ? content : JSON.stringify(content ?? "");
    return `${role}: ${text.slice(0, excerptCharacters)}`;
  });
  const served = await platform.registry.find(model);
  const limit = (served.contextLength ?? 1024) * 2;
  const transcript = told.join("\n").slice(-limit);
  const prompt = `${instructions ? `${instructions}\n\n` : ""}${transcript}\n\n${ask}`;
  const messages = [{ role: "user" as const, content: prompt.slice(-limit) }];
  const promptTokens = await countPromptTokens(platform, { model, messages }).catch(() => 0);
  const fitted = promptTokens === 0 ? [{ role: "user" as const, content: prompt.slice(-400) }] : messages;
  const request = { model, messages: fitted, maxTokens: summaryTokens, temperature: 0 };
  const { choices, usage } = await collect(generate(platform, request, { signal }));
  const compaction: Item = {
    id: newItemId("compaction"),
    type: "compaction",
    encrypted_content: writeCompaction(choices[0]!.text),
  };
  return {
    id: newObjectId("response"),
    object: "response.compaction" as const,
    created_at: Math.floor(Date.now() / 1000),
    output: [compaction, ...(last ? [last] : [])],
    usage: toResponseUsage(usage),
  };
}
