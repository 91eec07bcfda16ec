import { InputError, LoamError } from "@loam/core";
import type {
  Architecture,
  ConfigJson,
  DecoderArchitecture,
  DecoderConfig,
  EncoderArchitecture,
  EncoderConfig,
} from "../architectures/architecture.ts";
import { architectureOf } from "../architectures/table.ts";
import { checkSizes } from "../checkpoints/check-sizes.ts";
import { checkTensors, frozenParameters } from "../checkpoints/checkpoint.ts";
import { type OpenCheckpointOptions, type OpenedCheckpoint, openCheckpoint } from "../checkpoints/open.ts";
import type { SamplingOptions } from "../generation/sampling.ts";
import type { Parameters } from "../modules/modules.ts";
import type { ChatTemplate } from "../tokenizers/chat-template.ts";
import { loadChatTemplate, loadTokenizer } from "../tokenizers/load.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

interface ModelBase {
  /** Hub id or path it was opened by. */
  name: string;
  checkpoint: OpenedCheckpoint;
  parameters: Parameters;
  /** Undefined where the files hold none. */
  tokenizer?: Tokenizer;
  chatTemplate?: ChatTemplate;
  /** Ids that end a text, from generation_config.json or config.json. */
  eosTokenIds: readonly number[];
  padTokenId: number;
  /** How the checkpoint asks to be sampled; empty for greedy. */
  samplingDefaults: SamplingOptions;
}

export interface DecoderModel extends ModelBase {
  kind: "decoder";
  architecture: DecoderArchitecture;
  config: DecoderConfig;
}

export interface EncoderModel extends ModelBase {
  kind: "encoder";
  architecture: EncoderArchitecture;
  config: EncoderConfig;
}

/** Files of a model, read and checked, ready to be written into graphs. It holds no sessions, so it needs no closing. */
export type Model = DecoderModel | EncoderModel;

/** The tensors that a model's checkpoint must have, with their shapes. */
export function parameterShapes({ architecture, config }: Model): Record<string, readonly number[]> {
  const any: Architecture = architecture;
  return any.parameters(config);
}

/**
 * Opens a checkpoint: a Hugging Face folder, a hub id (`Qwen/Qwen2.5-0.5B-Instruct`), a `.gguf` file or a llama2.c `.bin`.
 *
 * @throws {NotFoundError} {@link InputError} {@link UnsupportedError} naming the file, tensor or field, what was
 *   expected and what was found.
 */
export async function openModel(name: string, options: OpenCheckpointOptions = {}): Promise<Model> {
  try {
    return await readModel(name, options);
  } catch (cause) {
    if (cause instanceof LoamError) throw cause;
    // Whatever else a file can hold, such as a number where a list should be: it is the file that is wrong.
    throw new InputError("bad_checkpoint", `${name} cannot be read as a model: ${(cause as Error).message}.`, {
      hint: "check that its files belong together, or download them again",
      cause,
    });
  }
}

async function readModel(name: string, options: OpenCheckpointOptions): Promise<Model> {
  const checkpoint = await openCheckpoint(name, options);
  checkSizes(checkpoint);
  const architecture: Architecture = architectureOf(checkpoint.config);
  const config = architecture.readConfig(checkpoint.config);
  checkTensors(checkpoint, architecture, config);
  const generation = checkpoint.generationConfig ?? {};
  const eos = generation.eos_token_id ?? checkpoint.config.eos_token_id ?? [];
  const tokenizer = await loadTokenizer(checkpoint);
  const chatTemplate = await loadChatTemplate(checkpoint);
  // A chat-tuned model ends its turn with the tokenizer's mark, which configs of base models do not name.
  const turnEnd = chatTemplate?.eosToken === undefined ? undefined : tokenizer?.tokenId(chatTemplate.eosToken);
  return {
    kind: architecture.kind,
    name,
    checkpoint,
    architecture,
    config,
    parameters: frozenParameters(checkpoint, architecture),
    tokenizer,
    chatTemplate,
    eosTokenIds: [...new Set([eos, turnEnd ?? []].flat() as number[])],
    padTokenId: (generation.pad_token_id ?? checkpoint.config.pad_token_id ?? 0) as number,
    samplingDefaults: generation.do_sample === true ? samplingOf(generation) : {},
  } as Model;
}

function samplingOf(generation: ConfigJson): SamplingOptions {
  const number = (name: string) => (typeof generation[name] === "number" ? (generation[name] as number) : undefined);
  return {
    temperature: number("temperature") ?? 1,
    topK: number("top_k") || undefined,
    topP: number("top_p"),
    minP: number("min_p"),
    repetitionPenalty: number("repetition_penalty"),
  };
}
