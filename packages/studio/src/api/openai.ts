import { useQuery } from "@tanstack/react-query";
import { ApiError, assertOk } from "./client.ts";

/** A model that `/v1` serves. */
export interface ServedModel {
  id: string;
  owned_by: string;
  created: number;
  abilities: string[];
  context_length?: number;
}

export interface OpenAiList<Item> {
  data: Item[];
  has_more?: boolean;
  last_id?: string | null;
}

type Method = "GET" | "POST" | "DELETE";

/** A request to `/v1`, as any client would send it. @throws {ApiError} */
export async function openai<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`/v1${path}`, {
    method,
    ...(body !== undefined && {
      body: isForm ? body : JSON.stringify(body),
      ...(!isForm && { headers: { "content-type": "application/json" } }),
    }),
  }).catch((error: Error) => {
    throw new ApiError(error.message, { status: 0, code: null });
  });
  return (await (await assertOk(response)).json()) as Answer;
}

const modelsKey = ["models", "served"];

export const useServedModels = () =>
  useQuery({
    queryKey: modelsKey,
    queryFn: async () => (await openai<OpenAiList<ServedModel>>("GET", "/models")).data,
  });

/** A list of objects, newest first; looked at again while one of them is not at its end. */
export const useObjects = <Item>(
  path: string,
  { isMoving = () => false, enabled = true }: { isMoving?: (item: Item) => boolean; enabled?: boolean } = {},
) =>
  useQuery({
    queryKey: ["openai", path],
    queryFn: async () =>
      (await openai<OpenAiList<Item>>("GET", `${path}${path.includes("?") ? "&" : "?"}limit=100`)).data,
    staleTime: 0,
    enabled,
    refetchInterval: ({ state }) => (state.data?.some(isMoving) ? 1000 : false),
  });

/** One object; looked at again while it is not at its end. */
export const useObject = <Item>(
  path: string,
  { isMoving = () => false, enabled = true }: { isMoving?: (item: Item) => boolean; enabled?: boolean } = {},
) =>
  useQuery({
    queryKey: ["openai", path],
    queryFn: () => openai<Item>("GET", path),
    staleTime: 0,
    enabled,
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 1000 : false),
  });
