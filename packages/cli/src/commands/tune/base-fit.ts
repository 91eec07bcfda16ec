import { LoamError } from "@loam/core";
import { openModel } from "@loam/models";
import { baseModelOf, fitAdapter, readAdapter } from "@loam/peft";

/** What trying an adapter on its base came to; `unknown` where the base is not on this machine. */
export interface BaseFit {
  status: "fits" | "foreign" | "unknown";
  detail: string;
}

/** Tries an adapter on a model that is on this machine already; nothing is downloaded or computed. */
export async function baseFit(adapter: string, base: string | null, signal: AbortSignal): Promise<BaseFit> {
  if (base === null) return { status: "unknown", detail: "name it with --model" };
  try {
    const model = await openModel(base, { download: false, signal });
    await fitAdapter(baseModelOf(model), await readAdapter(adapter));
    return { status: "fits", detail: "the adapter fits" };
  } catch (error) {
    if (!(error instanceof LoamError) || signal.aborted) throw error;
    if (error.code === "not_found") return { status: "unknown", detail: "not on this machine, so not tried" };
    return { status: "foreign", detail: error.message };
  }
}
