import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { ArgumentError, InputError, show, withinTime } from "@loam/core";
import { alignedText, normalizeAligned } from "./aligned-text.ts";
import { bertWords } from "./bert-words.ts";
import { mayBacktrack } from "./may-backtrack.ts";
import { offsetsOf } from "./offsets.ts";

/** The content of a `tokenizer.json`; only what Loam itself reads is typed. */
export interface TokenizerJson {
  added_tokens: { id: number; content: string; special: boolean }[];
  normalizer: NormalizerJson | null;
  pre_tokenizer: PartJson | null;
  post_processor: PartJson | null;
  decoder: PartJson | null;
  model: { type: string; vocab: Record<string, number> | [string, number][]; [key: string]: unknown };
}

interface PartJson {
  type: string;
  [key: string]: unknown;
}

export interface NormalizerJson extends PartJson {
  normalizers?: NormalizerJson[];
}

export interface EncodeOptions {
  /** The marks of the model (`[CLS]`, `<s>`) around the text; `true` unless said otherwise. */
  addSpecialTokens?: boolean;
  /** The second text of a pair. */
  pair?: string;
  /** The most ids to return, special tokens included; longer texts are cut. */
  maxLength?: number;
  /** Which text of a pair is cut. */
  truncation?: "longest_first" | "only_first" | "only_second";
}

export interface Encoding {
  ids: number[];
  /** 0 for the first text and its marks, 1 for the second. */
  typeIds: number[];
}

const vocabularyKinds = ["BPE", "WordPiece", "Unigram"];

/** What the library takes for granted. */
function checkShape({ added_tokens, model }: TokenizerJson): void {
  if (!Array.isArray(added_tokens)) throw new Error(`\`added_tokens\` is ${show(added_tokens)}; expected a list`);
  // Old files leave the kind out: the library goes by what the model holds.
  if (model?.type !== undefined && !vocabularyKinds.includes(model.type))
    throw new Error(`\`model.type\` is ${show(model.type)}; expected one of ${vocabularyKinds.join(", ")}`);
  if (typeof model?.vocab !== "object" || model.vocab === null)
    throw new Error(`\`model.vocab\` is ${show(model?.vocab)}; expected tokens with their ids`);
}

/** What the library keeps to itself but offsets and truncation need. */
export interface TokenizerParts {
  splitter_unnormalized: { split(text: string): string[] };
  splitter_normalized: { split(text: string): string[] };
  added_tokens_map: Map<string, { id: number }>;
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  model: ((words: string[]) => string[]) & { unk_token_id?: number; vocab: string[] };
  post_processor:
    | ((a: string[], b: string[] | null, add: boolean) => { tokens: string[]; token_type_ids?: number[] })
    | null;
}

/** Turns text into token ids and back, as Hugging Face's `tokenizers` does for the same `tokenizer.json`. */
export class Tokenizer {
  readonly #library: HuggingFaceTokenizer;
  readonly #parts: TokenizerParts;
  readonly #json: TokenizerJson;
  readonly #specialIds: ReadonlySet<number>;
  readonly #name: string;
  readonly #isWatched: boolean;

  /** @throws {InputError} `bad_tokenizer` when the file lacks a part or names one that is not known. */
  constructor(json: TokenizerJson, { name = "tokenizer.json" }: { name?: string } = {}) {
    try {
      checkShape(json);
      this.#library = new HuggingFaceTokenizer(json, { clean_up_tokenization_spaces: false });
    } catch (cause) {
      throw new InputError("bad_tokenizer", `${name}: ${(cause as Error).message}.`, {
        hint: "download the tokenizer again, or convert it with a newer version of transformers",
        cause,
      });
    }
    this.#parts = this.#library as unknown as TokenizerParts;
    // The library's own takes a character beyond the basic plane, such as 𠮷, for two letters instead of an ideograph.
    if (json.normalizer?.type === "BertNormalizer") {
      const { normalizer } = json;
      this.#parts.normalizer = (text) => normalizeAligned(alignedText(text), normalizer).characters.join("");
    }
    if (json.pre_tokenizer?.type === "BertPreTokenizer") this.#parts.pre_tokenizer = bertWords;
    this.#json = json;
    this.#name = name;
    this.#isWatched = mayBacktrack(json);
    this.#specialIds = new Set(json.added_tokens.filter(({ special }) => special).map(({ id }) => id));
  }

  /** One more than the largest id. */
  get vocabSize(): number {
    return this.#parts.model.vocab.length;
  }

  /** How tokens spell text: a character for each byte, or text itself with `<0x0A>` for bytes that have no piece. */
  get pieces(): "bytes" | "text" {
    return JSON.stringify(this.#json.pre_tokenizer ?? {}).includes('"ByteLevel"') ? "bytes" : "text";
  }

  /** The `tokenizer.json` it was made from. */
  get json(): TokenizerJson {
    return this.#json;
  }

  get specialIds(): ReadonlySet<number> {
    return this.#specialIds;
  }

  tokenId(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  token(id: number): string | undefined {
    return this.#library.id_to_token(id);
  }

  /** Ids of a text, or of a pair of texts with the model's marks around and between them. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const { addSpecialTokens = true, pair, maxLength, truncation = "longest_first" } = options;
    let first = this.#tokenize(text);
    let second = pair === undefined ? null : this.#tokenize(pair);
    const marks = addSpecialTokens ? this.#postProcess([], second && [], true).tokens.length : 0;
    if (maxLength !== undefined && first.length + (second?.length ?? 0) + marks > maxLength) {
      const [a, b] = truncatedLengths(first.length, second?.length ?? 0, maxLength - marks, truncation);
      first = first.slice(0, a);
      second = second?.slice(0, b) ?? null;
    }
    const { tokens, token_type_ids } = this.#postProcess(first, second, addSpecialTokens);
    return {
      ids: tokens.map((token) => this.#idOf(token)),
      typeIds: token_type_ids ?? new Array<number>(tokens.length).fill(0),
    };
  }

  /**
   * Ids without special tokens, and which part of the text each came from.
   *
   * @returns offsets half-open, in Unicode code points of the text.
   * @throws {UnsupportedError} for models that are neither byte-level BPE nor WordPiece.
   */
  encodeWithOffsets(text: string): { ids: number[]; offsets: [start: number, end: number][] } {
    const { tokens, offsets } = this.#watched(text.length, () => offsetsOf(text, this.#json, this.#parts));
    return { ids: tokens.map((token) => this.#idOf(token)), offsets };
  }

  /** The text of ids. `skipSpecialTokens` leaves out marks such as `<|im_end|>`; ids beyond the vocabulary spell nothing. */
  decode(ids: readonly number[], { skipSpecialTokens = true }: { skipSpecialTokens?: boolean } = {}): string {
    const kept = ids.filter((id) => id < this.vocabSize && !(skipSpecialTokens && this.#specialIds.has(id)));
    if (kept.length === 0) return "";
    return this.#watched(kept.length, () => this.#library.decode(kept, { skip_special_tokens: false }));
  }

  /** Number of ids of a text, without marks. */
  count(text: string): number {
    return this.#tokenize(text).length;
  }

  #tokenize(text: string): string[] {
    return this.#watched(text.length, () => this.#library.tokenize(text, { add_special_tokens: false }));
  }

  /** Patterns that may try every way through a text are stopped; those of the known tokenizers need no watch. */
  #watched<T>(length: number, work: () => T): T {
    if (!this.#isWatched) return work();
    return withinTime(`Cutting a text into the tokens of ${this.#name}`, 1000 + Math.ceil(length / 50), work);
  }

  #postProcess(
    first: string[],
    second: string[] | null,
    add: boolean,
  ): { tokens: string[]; token_type_ids?: number[] } {
    const { post_processor } = this.#parts;
    return post_processor ? post_processor(first, second, add) : { tokens: [...first, ...(second ?? [])] };
  }

  #idOf(token: string): number {
    const id = this.#library.token_to_id(token) ?? this.#parts.model.unk_token_id;
    if (id === undefined) {
      throw new InputError(
        "bad_tokenizer",
        `The tokenizer has no id for ${JSON.stringify(token)} and no unknown token.`,
      );
    }
    return id;
  }
}

/** The lengths that remain of two texts so that together they have at most `target` tokens, as `tokenizers` cuts them. */
function truncatedLengths(
  first: number,
  second: number,
  target: number,
  truncation: "longest_first" | "only_first" | "only_second",
): [number, number] {
  if (target < 0) throw new ArgumentError("maxLength", target, "room for the special tokens", "allow more tokens");
  if (truncation !== "longest_first") {
    const excess = first + second - target;
    const cut = truncation === "only_first" ? first : second;
    if (cut <= excess) {
      throw new ArgumentError(
        "truncation",
        truncation,
        `a text longer than the ${excess} tokens to cut; it has ${cut}`,
      );
    }
    return truncation === "only_first" ? [first - excess, second] : [first, second - excess];
  }
  let short = Math.min(first, second);
  let long = short > target ? short : Math.max(short, target - short);
  if (short + long > target) {
    short = Math.floor(target / 2);
    long = short + (target % 2);
  }
  return first > second ? [long, short] : [short, long];
}
