import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const key = ["tune", "exports"];

/** What an adapter is written as: merged into its base in three forms, or by itself for llama.cpp. */
export type ExportForm = "folder" | "gguf" | "onnx" | "adapter";

/** The ending that a form's name has. */
export const endingOf = (form: ExportForm): string => (form === "gguf" || form === "adapter" ? ".gguf" : "");

export const useExports = () => useQuery({ queryKey: key, queryFn: () => read(api.tune.exports.$get()), staleTime: 0 });

/** Starts writing an adapter for other programs; how far it is, the tray of work shows. */
export function useExportAdapter() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({
      form,
      adapter,
      base,
      output,
    }: {
      form: ExportForm;
      adapter: string;
      base?: string;
      output: string;
    }) =>
      form === "adapter"
        ? read(api.tune["adapter-export"].$post({ json: { adapter, model: base, output } }))
        : read(api.tune.merge.$post({ json: { base: base ?? "", adapters: [adapter], output, to: form } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["work"] }),
  });
}

/** Starts writing a recipe as a project for another engine. */
export function useExportRecipe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Parameters<(typeof api.tune)["recipe-export"]["$post"]>[0]["json"]) =>
      read(api.tune["recipe-export"].$post({ json })),
    onSettled: () => client.invalidateQueries({ queryKey: ["work"] }),
  });
}

export function useDeleteExport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.tune.exports[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}

export const exportDownloadUrl = (id: string): string => `/api/tune/exports/${encodeURIComponent(id)}/download`;
