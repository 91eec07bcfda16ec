import { AsyncLocalStorage } from "node:async_hooks";
import type { LanguageModelV4, LanguageModelV4Usage } from "@ai-sdk/provider";
import type { TokenUsage } from "@loam/observe";
import { costOf } from "./system.ts";

interface Meter {
  usage: TokenUsage;
  costUsd: number | null;
}

const meters = new AsyncLocalStorage<Meter>();

/** Runs a pipeline and adds up what its {@link meteredModel} calls used; cost is null where a price is not known. */
export async function metered<T>(run: () => Promise<T>): Promise<Meter & { value: T }> {
  const meter: Meter = { usage: {}, costUsd: 0 };
  const value = await meters.run(meter, run);
  return { ...meter, value };
}

/** The same model; its calls are counted by the {@link metered} run they are made in. */
export function meteredModel(model: LanguageModelV4): LanguageModelV4 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    async doGenerate(options) {
      const result = await model.doGenerate(options);
      count(model, result.usage);
      return result;
    },
    async doStream(options) {
      const meter = meters.getStore();
      const { stream, ...rest } = await model.doStream(options);
      const counting = new TransformStream({
        transform(part, controller) {
          if (part.type === "finish") count(model, part.usage, meter);
          controller.enqueue(part);
        },
      });
      return { ...rest, stream: stream.pipeThrough(counting) };
    },
  };
}

function count(model: LanguageModelV4, used: LanguageModelV4Usage, meter = meters.getStore()): void {
  if (!meter) return;
  const usage = { inputTokens: used.inputTokens.total, outputTokens: used.outputTokens.total };
  meter.usage = {
    inputTokens: (meter.usage.inputTokens ?? 0) + (usage.inputTokens ?? 0),
    outputTokens: (meter.usage.outputTokens ?? 0) + (usage.outputTokens ?? 0),
  };
  const cost = costOf(model, usage);
  meter.costUsd = meter.costUsd === null || cost === null ? null : meter.costUsd + cost;
}
