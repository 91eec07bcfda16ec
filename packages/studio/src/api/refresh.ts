import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

/** Figures that were read before there was a vision model. */
export const useRefreshable = () =>
  useQuery({ queryKey: ["refresh"], queryFn: () => read(api.library.refresh.$get()), staleTime: 0 });

/** Lets the vision model describe them; how far it is, the tray of work shows. */
export function useRefresh() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => read(api.library.refresh.$post({ json: {} })),
    onSettled: () => client.invalidateQueries({ queryKey: ["work"] }),
  });
}
