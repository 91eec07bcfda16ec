import { useQuery } from "@tanstack/react-query";
import { api, assertOk, read } from "./client.ts";

/** The messages of an earlier conversation; nothing is asked for without an id. */
export const useConversation = (id: string | undefined) =>
  useQuery({
    queryKey: ["conversation", id],
    queryFn: () => read(api.conversations[":id"].$get({ param: { id: id! } })),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

export type CitationStyle = "plain" | "apa" | "gbt7714";

/** An answer as a file. @throws {ApiError} */
export async function answerFile(
  id: string,
  query: { format: "docx" | "pdf" | "html"; style: CitationStyle; turn: number; language: "en" | "zh-CN" },
): Promise<Blob> {
  const asked = new URLSearchParams({ ...query, turn: String(query.turn) });
  const response = await assertOk(await fetch(`/api/conversations/${encodeURIComponent(id)}/file?${asked}`));
  return await response.blob();
}
