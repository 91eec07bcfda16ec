import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const keysKey = ["keys"];
export const scopes = ["chat", "files", "assistants", "batches", "evals", "fine-tuning"] as const;
export type Scope = (typeof scopes)[number];

export const useKeys = () => useQuery({ queryKey: keysKey, queryFn: () => read(api.keys.$get()) });

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: { name: string; project: string; scopes: Scope[] }) => read(api.keys.$post({ json: key })),
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
}

export function useRemoveKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.keys[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
}
