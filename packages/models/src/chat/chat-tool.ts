/** A function offered to the model. */
export interface ChatTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
  /** Refuses a schema of which a part cannot be kept to. */
  strict?: boolean;
}
