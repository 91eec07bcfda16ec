import type { Surface } from "../http/surface.ts";
import type { Services } from "../services/services.ts";
import { anthropicSurface } from "./anthropic/surface.ts";
import { langfuseSurface } from "./langfuse/surface.ts";
import { langsmithSurface } from "./langsmith/surface.ts";
import { mlflowSurface } from "./mlflow/surface.ts";
import { ollamaSurface } from "./ollama/surface.ts";
import { openaiSurface } from "./openai/surface.ts";
import { otlpSurface } from "./otlp/surface.ts";
import { studioSurface } from "./studio/surface.ts";
import { wandbSurface } from "./wandb/surface.ts";

/** Every protocol that the server speaks. A new one is a folder here and a row in this list. */
export function openSurfaces(services: Services): Surface[] {
  return [
    ...[studioSurface, openaiSurface, anthropicSurface],
    ...[otlpSurface, langsmithSurface, mlflowSurface, wandbSurface, langfuseSurface],
  ].map((open) => open(services));
}

/** What Ollama's port speaks: its own API, and OpenAI's, which it has too. */
export function openOllamaSurfaces(services: Services): Surface[] {
  return [ollamaSurface, openaiSurface].map((open) => open(services));
}
