import { ArgumentError, ShapeError, show } from "@loam/core";
import { compile, type Program, type SessionOptions, type Tensor, type Value, value } from "@loam/graph";
import { type ModuleHooks, Modules, type Parameters } from "../modules/modules.ts";
import type { DecoderModel, EncoderModel, Model } from "./model.ts";

/** Token ids of a batch; every row has the same length, padded where `attentionMask` is 0. */
export interface ForwardInputs {
  inputIds: readonly (readonly number[])[];
  /** Left out, all ones. */
  attentionMask?: readonly (readonly number[])[];
  /** Left out, counted along the mask: tokens from 0, padding whatever. */
  positionIds?: readonly (readonly number[])[];
  /** Encoders: 0 for the first text of a pair, 1 for the second. */
  tokenTypeIds?: readonly (readonly number[])[];
}

export interface ForwardOutputs {
  /** [B, T, V]; undefined for encoders without a language-model head. */
  logits?: Value;
  /** Embeddings, then each layer's output, L + 1 times [B, T, C]. */
  hiddenStates: Value[];
  /** Encoders with a pooler: [B, C]. */
  pooled?: Value;
}

export interface ForwardOptions extends Pick<SessionOptions, "device" | "threads" | "memory" | "weights"> {
  hooks?: ModuleHooks;
  /** Other weights than the model's own. */
  parameters?: Parameters;
}

/** A model compiled for whole texts. */
export interface ForwardProgram {
  run(inputs: ForwardInputs, options?: { signal?: AbortSignal }): Promise<ForwardOutputs>;
  close(): Promise<void>;
}

const ids = { dtype: "int64", shape: ["batch", "sequence"] } as const;
const mask = { dtype: "bool", shape: ["batch", "sequence"] } as const;

/** Compiles a model to give logits and hidden states of whole texts, any batch size and length. */
export function compileForward(model: Model, options: ForwardOptions = {}): Promise<ForwardProgram> {
  return model.kind === "decoder" ? compileDecoder(model, options) : compileEncoder(model, options);
}

/** Logits and hidden states of one batch: compiles, runs once, and frees everything. */
export async function forward(
  model: Model,
  inputs: ForwardInputs,
  options: ForwardOptions & { signal?: AbortSignal } = {},
): Promise<ForwardOutputs> {
  const program = await compileForward(model, options);
  try {
    return await program.run(inputs, options);
  } finally {
    await program.close();
  }
}

async function compileDecoder(
  model: DecoderModel,
  { hooks, parameters = model.parameters, ...session }: ForwardOptions,
): Promise<ForwardProgram> {
  const { architecture, config } = model;
  const modules = new Modules(parameters, hooks);
  const program = await compile(
    (x: { inputIds: Tensor; mask: Tensor; positions: Tensor }) => {
      const embeddings = architecture.embed(modules, config, x.inputIds, x.positions);
      const { hiddenStates } = architecture.forward(modules, config, {
        embeddings,
        positions: x.positions,
        mask: x.mask,
      });
      return { logits: architecture.logits(modules, config, hiddenStates.at(-1)!), hiddenStates };
    },
    {
      ...session,
      name: `${model.checkpoint.config.model_type}-forward`,
      inputs: { inputIds: ids, mask, positions: ids },
    },
  );
  return asForwardProgram(program, model, (inputs) => ({
    inputIds: idTensor("inputIds", inputs.inputIds, model),
    mask: maskTensor(inputs),
    positions: idTensor("positionIds", inputs.positionIds ?? positionsOf(inputs)),
  }));
}

async function compileEncoder(
  model: EncoderModel,
  { hooks, parameters = model.parameters, ...session }: ForwardOptions,
): Promise<ForwardProgram> {
  const { architecture, config } = model;
  const modules = new Modules(parameters, hooks);
  const program = await compile(
    (x: {
      inputIds: Tensor;
      mask: Tensor;
      typeIds: Tensor;
    }): {
      hiddenStates: Tensor[];
      pooled?: Tensor;
      logits?: Tensor;
    } => {
      const hiddenStates = architecture.forward(modules, config, { ids: x.inputIds, mask: x.mask, typeIds: x.typeIds });
      const last = hiddenStates.at(-1)!;
      const [pooled, logits] = [architecture.pooled(modules, config, last), architecture.logits(modules, config, last)];
      return { hiddenStates, ...(pooled && { pooled }), ...(logits && { logits }) };
    },
    {
      ...session,
      name: `${model.checkpoint.config.model_type}-forward`,
      inputs: { inputIds: ids, mask, typeIds: ids },
    },
  );
  return asForwardProgram(program, model, (inputs) => ({
    inputIds: idTensor("inputIds", inputs.inputIds, model),
    mask: maskTensor(inputs),
    typeIds: idTensor("tokenTypeIds", inputs.tokenTypeIds ?? inputs.inputIds.map((row) => row.map(() => 0))),
  }));
}

function asForwardProgram<I>(
  program: Program<I, ForwardOutputs>,
  model: Model,
  toFeeds: (inputs: ForwardInputs) => I,
): ForwardProgram {
  return {
    async run(inputs, options) {
      const length = inputs.inputIds[0]?.length ?? 0;
      const limit = model.config.maxPositions;
      if (length > limit) {
        throw new ArgumentError(
          "inputIds",
          `${length} tokens`,
          `at most ${limit}, the model's context`,
          `cut ${length - limit} tokens`,
        );
      }
      return program(toFeeds(inputs), options);
    },
    close: () => program.close(),
  };
}

/** Rows of equal length as int64 [B, T]; ids must be in the vocabulary. */
function idTensor(name: string, rows: readonly (readonly number[])[], model?: Model): Value {
  const length = rows[0]?.length ?? 0;
  if (length === 0) throw new ArgumentError(name, rows, "at least one row with at least one token");
  const data = new BigInt64Array(rows.length * length);
  for (const [b, row] of rows.entries()) {
    if (row.length !== length) {
      throw new ShapeError(name, {
        got: `row ${b} of ${row.length}`,
        expected: `rows of ${length}`,
        hint: "pad the shorter texts",
      });
    }
    for (const [t, id] of row.entries()) {
      if (model && !(id >= 0 && id < model.config.vocabSize)) {
        throw new ArgumentError(
          `${name}[${b}][${t}]`,
          id,
          `an id from 0 to ${model.config.vocabSize - 1}`,
          "check that tokenizer and model belong together",
        );
      }
      data[b * length + t] = BigInt(id);
    }
  }
  return value(data, [rows.length, length]);
}

function maskTensor({ inputIds, attentionMask }: ForwardInputs): Value {
  const rows = attentionMask ?? inputIds.map((row) => row.map(() => 1));
  const shapes = [rows, inputIds].map((r) => r.map((row) => row.length));
  if (show(shapes[0]) !== show(shapes[1])) {
    throw new ShapeError("attentionMask", {
      got: show(shapes[0]),
      expected: `the lengths of inputIds, ${show(shapes[1])}`,
    });
  }
  return value(Uint8Array.from(rows.flat()), [rows.length, rows[0]!.length], "bool");
}

/** Position of each token among the real ones of its row; padding in front counts 0. */
export function positionsOf({ inputIds, attentionMask }: ForwardInputs): number[][] {
  return inputIds.map((row, b) => {
    let next = 0;
    return row.map((_, t) => (attentionMask?.[b]?.[t] === 0 ? Math.max(next - 1, 0) : next++));
  });
}
