import type { ReviewedRowJson } from "@loam/server";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const key = ["extractions"];
/** Rows of a page of the grid. */
export const rowsAtATime = 50;

export const useExtractions = () =>
  useQuery({ queryKey: key, queryFn: () => read(api.extractions.$get()), staleTime: 0 });

export const useExtractedRows = (id: string, offset: number) =>
  useQuery({
    queryKey: [...key, id, offset],
    queryFn: () =>
      read(
        api.extractions[":id"].rows.$get({
          param: { id },
          query: { offset: String(offset), limit: String(rowsAtATime) },
        }),
      ),
    staleTime: 0,
    placeholderData: (known, query) => (query?.queryKey[1] === id ? known : undefined),
  });

export function useStartExtraction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { schema: Record<string, unknown>; documents?: string[]; name?: string }) =>
      read(api.extractions.$post({ json })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: ["work"] });
    },
  });
}

type Review = { reviewed: boolean } | { field: string; value?: string | number | boolean | null };

/** Corrects a cell or says that a row is right; the row changes in place. */
export function useReview(id: string, offset: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ row, said }: { row: Pick<ReviewedRowJson, "document" | "ordinal">; said: Review }) =>
      read(
        api.extractions[":id"].rows[":document"][":ordinal"].$patch({
          param: { id, document: row.document, ordinal: String(row.ordinal) },
          json: said,
        }),
      ),
    onSuccess: (changed) => {
      client.setQueryData<ReviewedRowJson[]>([...key, id, offset], (known) =>
        known?.map((row) => (row.document === changed.document && row.ordinal === changed.ordinal ? changed : row)),
      );
      void client.invalidateQueries({ queryKey: key, exact: true });
    },
  });
}

export function useDeleteExtraction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.extractions[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}

export const extractionFormats = ["csv", "xlsx", "parquet", "json", "jsonl"] as const;

export const extractionFileUrl = (id: string, format: (typeof extractionFormats)[number]): string =>
  `/api/extractions/${encodeURIComponent(id)}/file?format=${format}`;
