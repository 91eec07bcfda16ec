import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const settingsKey = ["settings"];

export const useSettings = () => useQuery({ queryKey: settingsKey, queryFn: () => read(api.settings.$get()) });

export const useHealth = () => useQuery({ queryKey: ["health"], queryFn: () => read(api.health.$get()), staleTime: 0 });

export type Role = "chat" | "vision" | "embed" | "judge" | "reranker";

/** Sets the model of a role; null gives the role back to what the environment offers. */
export function useSetRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ role, model }: { role: Role; model: string | null }) =>
      read(api.settings.roles[":role"].$put({ param: { role }, json: { model } })),
    onSuccess: (settings) => client.setQueryData(settingsKey, settings),
  });
}

/** Stores a provider's key in the user's configuration file; null removes it. */
export function useSetKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ provider, key }: { provider: string; key: string | null }) =>
      read(api.settings.keys[":provider"].$put({ param: { provider }, json: { key } })),
    onSuccess: (settings) => client.setQueryData(settingsKey, settings),
  });
}
