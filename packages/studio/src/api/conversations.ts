import { useQuery } from "@tanstack/react-query";
import { api, read } from "./client.ts";

/** The messages of an earlier conversation; nothing is asked for without an id. */
export const useConversation = (id: string | undefined) =>
  useQuery({
    queryKey: ["conversation", id],
    queryFn: () => read(api.conversations[":id"].$get({ param: { id: id! } })),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
