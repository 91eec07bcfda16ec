import type { Metadata, Platform } from "@loam/platform";

/** Makes the vector store that `tool_resources` describes by its files. */
export function storeMaker({ vectorStores }: Platform, project: string) {
  return async (fileIds: string[], metadata?: Metadata): Promise<string> => {
    const files = fileIds.map((fileId) => ({ fileId }));
    return (await vectorStores.create(project, { metadata }, files)).id;
  };
}
