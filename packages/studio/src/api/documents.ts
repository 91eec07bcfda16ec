import type { DocumentEventJson, DocumentJson, UploadResultJson } from "@loam/server";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, postFile, read } from "./client.ts";

const documentsKey = ["documents"];

export const useDocuments = () =>
  useQuery({ queryKey: documentsKey, queryFn: () => read(api.documents.$get()), staleTime: Number.POSITIVE_INFINITY });

export const useDocument = (id: string) =>
  useQuery({
    queryKey: [...documentsKey, id],
    queryFn: () => read(api.documents[":id"].$get({ param: { id } })),
  });

/** Keeps the list of documents as it is on the server while the Studio is open. */
export function useDocumentEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/document-events");
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data) as DocumentEventJson;
      client.setQueryData<DocumentJson[]>(documentsKey, (known) => known && applyEvent(known, event));
      if (event.type === "removed") return;
      const { document } = event;
      client.setQueryData([...documentsKey, document.id], document);
      void client.invalidateQueries({ queryKey: ["pages", document.id] });
      if (document.status === "ready") void client.invalidateQueries({ queryKey: ["figures", document.id] });
    };
    return () => source.close();
  }, [client]);
}

/** The list after the event; newest first. */
export function applyEvent(known: readonly DocumentJson[], event: DocumentEventJson): DocumentJson[] {
  if (event.type === "removed") return known.filter(({ id }) => id !== event.id);
  const { document } = event;
  return known.some(({ id }) => id === document.id)
    ? known.map((old) => (old.id === document.id ? document : old))
    : [document, ...known].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** One request per file: a large file does not hold up the answers about the others. */
export async function uploadFile(file: File): Promise<UploadResultJson> {
  const { results } = await postFile<{ results: UploadResultJson[] }>("/api/documents", file);
  return results[0]!;
}

export function useDeleteDocument() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.documents[":id"].$delete({ param: { id } })),
    onSuccess: ({ id }) =>
      client.setQueryData<DocumentJson[]>(documentsKey, (known) => known && applyEvent(known, { type: "removed", id })),
  });
}

export const useRetryDocument = () =>
  useMutation({ mutationFn: (id: string) => read(api.documents[":id"].retry.$post({ param: { id } })) });

export const useUnlockDocument = (id: string) =>
  useMutation({
    mutationFn: (password: string) => read(api.documents[":id"].unlock.$post({ param: { id }, json: { password } })),
  });

export const useOpenSample = () => useMutation({ mutationFn: () => read(api.sample.$post()) });

const pageSummaries = (id: string) =>
  queryOptions({ queryKey: ["pages", id], queryFn: () => read(api.documents[":id"].pages.$get({ param: { id } })) });
export const usePageSummaries = (id: string) => useQuery(pageSummaries(id));

/** Blocks and figures of one page; asked for once it is seen. */
export const usePage = (id: string, number: number, enabled: boolean) =>
  useQuery({
    queryKey: ["page", id, number],
    queryFn: () => read(api.documents[":id"].pages[":number"].$get({ param: { id, number: String(number) } })),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useFigures = (id: string) =>
  useQuery({ queryKey: ["figures", id], queryFn: () => read(api.documents[":id"].figures.$get({ param: { id } })) });

export function pageImageUrl(id: string, page: number, dpi: number): string {
  return `/api/documents/${encodeURIComponent(id)}/pages/${page}/image?dpi=${dpi}`;
}

export function figureImageUrl(id: string, figure: string): string {
  return `/api/documents/${encodeURIComponent(id)}/figures/${encodeURIComponent(figure)}/image`;
}

export function originalUrl(id: string): string {
  return `/api/documents/${encodeURIComponent(id)}/original`;
}
