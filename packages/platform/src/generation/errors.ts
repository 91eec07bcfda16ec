import { LoamError, nearestName } from "@loam/core";

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

export { ContextLengthError } from "@loam/models";
