/** Opens models and counts, beside the process that answers requests: each message is one question. */
import { availableMemory } from "node:process";
import { UnsupportedError } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import { toSent } from "../child/child.ts";
import { forecastRun } from "./forecast.ts";
import { previewRows } from "./preview.ts";
import type { HelperAnswer, HelperQuestion } from "./questions.ts";

/** The model asked about last: questions about one come in rows. */
let opened: { name: string; model: Promise<DecoderModel> } | undefined;

process.on("message", (question: HelperQuestion) => {
  void answer(question).then((reply) => process.send!(reply));
});
process.on("disconnect", () => process.exit());

async function answer(question: HelperQuestion): Promise<HelperAnswer> {
  const { id } = question;
  try {
    if (question.kind === "forecast")
      return { id, result: await forecastRun(question.recipe, { freeMemoryBytes: availableMemory() }) };
    const { model, path, ...options } = question;
    return { id, result: await previewRows(await decoder(model), path, options) };
  } catch (error) {
    return { id, error: toSent(error) };
  }
}

async function decoder(name: string): Promise<DecoderModel> {
  if (opened?.name !== name) {
    const model = openModel(name, { download: false }).then((candidate) => {
      if (candidate.kind === "decoder") return candidate;
      throw new UnsupportedError(`${name} is an encoder; only decoders learn to write.`, {
        hint: "choose a causal language model",
      });
    });
    opened = { name, model };
    model.catch(() => {
      opened = undefined;
    });
  }
  return await opened.model;
}
