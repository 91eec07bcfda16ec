import type { CatalogueJson } from "@loam/server";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, postFile, read } from "./client.ts";

const key = ["catalogues"];

/** Asked again while one is being embedded, to show how far it is. */
export const useCatalogues = () =>
  useQuery({
    queryKey: key,
    queryFn: () => read(api.catalogues.$get()),
    refetchInterval: ({ state }) =>
      state.data?.some(({ embedding }) => embedding && embedding.error === undefined) ? 700 : false,
  });

export const useFacets = (id: string) =>
  useQuery({
    queryKey: [...key, id, "facets"],
    queryFn: () => read(api.catalogues[":id"].facets.$get({ param: { id } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useCatalogueMap = (id: string) =>
  useQuery({
    queryKey: [...key, id, "map"],
    queryFn: () => read(api.catalogues[":id"].map.$get({ param: { id } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface RecommendRequest {
  query?: string;
  similarTo?: string;
  n: number;
  diversity: number;
  filters: { languages?: string[]; tags?: string[]; years?: [number, number] };
}

export const useRecommendations = (id: string, request: RecommendRequest) =>
  useQuery({
    queryKey: [...key, id, "recommend", request],
    queryFn: () => read(api.catalogues[":id"].recommend.$post({ param: { id }, json: request })),
    placeholderData: keepPreviousData,
  });

export const useFeedback = (id: string) =>
  useQuery({
    queryKey: [...key, id, "feedback"],
    queryFn: () => read(api.catalogues[":id"].feedback.$get({ param: { id } })),
  });

/** Notes what the reader thinks of a book; every list is asked for again. */
export function useGiveFeedback(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { item: string; kind: "like" | "dislike" | "seen" | "clear" }) =>
      read(api.catalogues[":id"].feedback.$post({ param: { id }, json })),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: [...key, id, "recommend"] }),
        client.invalidateQueries({ queryKey: [...key, id, "feedback"] }),
      ]);
    },
  });
}

function useCatalogueChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: key }) });
}

export const useUploadCatalogue = () =>
  useCatalogueChange((file: File) => postFile<CatalogueJson>("/api/catalogues", file));
export const useSampleCatalogue = () => useCatalogueChange(() => read(api.catalogues.sample.$post()));
export const useDeleteCatalogue = () =>
  useCatalogueChange((id: string) => read(api.catalogues[":id"].$delete({ param: { id } })));
export const useStartEmbedding = () =>
  useCatalogueChange((id: string) => read(api.catalogues[":id"].embedding.$post({ param: { id } })));
export const useStopEmbedding = () =>
  useCatalogueChange((id: string) => read(api.catalogues[":id"].embedding.$delete({ param: { id } })));
