import { useMutation, useQueryClient } from "@tanstack/react-query";
import { openai } from "../../api/openai.ts";

interface Act {
  method: "POST" | "DELETE";
  path: string;
  body?: unknown;
}

/** Sends a change to `/v1`; all lists of its objects are then asked for again. */
export function useAct<Answer = { id: string }>() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Act) => openai<Answer>(method, path, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ["openai"] }),
  });
}
