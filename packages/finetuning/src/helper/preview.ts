import type { DecoderModel } from "@loam/models";
import { type PromptTemplateName, previewDataset, type Segment } from "@loam/peft";

/** An example as the model will see it; the loss is taken on supervised pieces only. */
export interface PreviewRow {
  segments: Segment[];
  /** After the cut. */
  tokens: number;
  supervisedTokens: number;
  /** Tokens beyond `maxTokens`, which are cut off. */
  truncatedTokens: number;
}

/** The first rows of a dataset as a model will see them. */
export async function previewRows(
  model: DecoderModel,
  path: string,
  { template, maxTokens, rows = 5 }: { template: PromptTemplateName | "chat"; maxTokens: number; rows?: number },
): Promise<PreviewRow[]> {
  const { examples } = await previewDataset(path, { model, template, maxTokens, n: rows, limit: rows });
  return examples.map(({ segments, tokens }) => ({
    segments,
    tokens: tokens?.all ?? 0,
    supervisedTokens: tokens?.supervised ?? 0,
    truncatedTokens: tokens?.truncated ?? 0,
  }));
}
