import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const shelfKey = ["models", "shelf"];

/** The short list of models that one click fetches. */
export const useShelf = () =>
  useQuery({ queryKey: shelfKey, queryFn: () => read(api.models.shelf.$get()), staleTime: 0 });

/** Starts fetching a model; how far it is, the tray of work shows. */
export function usePullModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (model: string) => read(api.models.pull.$post({ json: { model } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["work"] }),
  });
}
