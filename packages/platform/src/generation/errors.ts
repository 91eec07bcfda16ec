import { InputError, LoamError, nearestName } from "@loam/core";

/** A model id that this machine does not serve. */
export class ModelNotFoundError extends LoamError {
  constructor(model: string, known: readonly string[]) {
    const near = nearestName(model, known);
    super("model_not_found", `The model ${JSON.stringify(model)} does not exist here.`, {
      details: { name: "model", model, known },
      hint: near ? `did you mean ${JSON.stringify(near)}?` : "GET /v1/models lists the models of this machine",
      status: 404,
      exitCode: 4,
    });
  }
}

/** More tokens than the model can read. */
export class ContextLengthError extends InputError {
  constructor({
    parameter,
    contextLength,
    promptTokens,
    completionTokens = 0,
  }: { parameter: string; contextLength: number; promptTokens: number; completionTokens?: number }) {
    const asked = promptTokens + completionTokens;
    super(
      "context_length_exceeded",
      `This model's maximum context length is ${contextLength} tokens, but the request comes to ${asked} tokens` +
        `${completionTokens > 0 ? ` (${promptTokens} in the ${parameter}, ${completionTokens} in the completion)` : ""}.`,
      {
        details: { name: parameter, contextLength, promptTokens, completionTokens },
        hint: `shorten the ${parameter}${completionTokens > 0 ? " or the completion" : ""} by ${asked - contextLength} tokens`,
      },
    );
  }
}
