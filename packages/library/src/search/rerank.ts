import { span } from "@loam/observe";
import { generateText, type LanguageModel } from "ai";

/** Letters of each passage that the model is shown. */
const shownLength = 700;

/**
 * Lets a language model put passages in order of how well they answer a query. Passages that the model leaves out keep
 * their order behind those it names; an answer that cannot be read changes nothing.
 *
 * @returns the indices of `passages`, best first.
 */
export async function rerank(
  query: string,
  passages: readonly string[],
  { model, signal }: { model: LanguageModel; signal?: AbortSignal },
): Promise<number[]> {
  return span("rerank", { kind: "reranker", attributes: { "loam.rerank.passages": passages.length } }, async (open) => {
    const listed = passages.map((text, i) => `[${i + 1}] ${text.slice(0, shownLength)}`).join("\n\n");
    const { text } = await generateText({
      model,
      instructions:
        "You order passages by how well they answer a query. Reply with their numbers only, best first, as a JSON array.",
      prompt: `${listed}\n\nQuery: ${query}`,
      abortSignal: signal,
    });
    const order = new Set<number>();
    for (const [digits] of (/\[[\d\s,]*\]/.exec(text)?.[0] ?? "").matchAll(/\d+/g)) {
      const index = Number(digits) - 1;
      if (index >= 0 && index < passages.length) order.add(index);
    }
    open.set({ "loam.rerank.named": order.size });
    for (let i = 0; i < passages.length; i++) order.add(i);
    return [...order];
  });
}
