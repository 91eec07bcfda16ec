/** A model is named by the folder that it is in. */
export const modelName = (output: string): string => output.split(/[\\/]/).filter(Boolean).at(-1) ?? "video";
