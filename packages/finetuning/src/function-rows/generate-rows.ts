import { ArgumentError, Rng } from "@loam/core";
import type { ChatTool } from "@loam/models";
import { proceduralFunction } from "./procedural-function.ts";
import { type RequestFunction, spacedJson } from "./request-function.ts";
import { topicFunction } from "./topic-function.ts";
import { chance, pick, pickWeighted, shuffled } from "./topics/draw.ts";
import { heldOutTopics, topics } from "./topics/index.ts";

/** A row of OpenAI's fine-tuning format that teaches when and how to call functions. */
export interface FunctionRow {
  messages: (
    | { role: "user"; content: string }
    | { role: "assistant"; content: string }
    | {
        role: "assistant";
        content: null;
        tool_calls: { id: string; type: "function"; function: { name: string; arguments: string } }[];
      }
  )[];
  tools: { type: "function"; function: ChatTool }[];
}

export interface GenerateRowsOptions {
  /** Number of rows. */
  count: number;
  seed?: number;
  /** Functions that rows are written for; left out, ones that are made up, of topics and of words without meaning. */
  functions?: readonly RequestFunction[];
  /** "held-out" takes topics that "training" never does. */
  split?: "training" | "held-out";
  /** Share of the made-up functions that are of words without meaning. */
  procedural?: number;
  /** Share of rows whose request no function of the list can answer. */
  irrelevant?: number;
  /** Share of rows with two calls. */
  parallel?: number;
  /** Share of rows whose request leaves something out that is needed; the answer asks for it. */
  incomplete?: number;
  /** Requests that follow one another with the same functions, so that a trainer reads these once. */
  requestsPerList?: number;
  /** Names that no function may have. */
  avoid?: ReadonlySet<string>;
}

/** What a model answers where no function can help, as its instructions say. */
export const refusal = "No function fits.";

/** How many functions a list has, and how often. */
const listLengths = [
  [1, 55],
  [2, 20],
  [3, 15],
  [4, 10],
] as const;

/**
 * Rows that teach function calling: requests in many wordings for one to four functions, some of which none can answer. The
 * same seed gives the same rows.
 *
 * @throws {ArgumentError} unless count is a whole number from 1.
 */
export function* generateFunctionRows(options: GenerateRowsOptions): Generator<FunctionRow> {
  const { count, seed = 42, irrelevant = 0.27, parallel = 0.05, incomplete = 0, requestsPerList = 6 } = options;
  if (!Number.isInteger(count) || count < 1) throw new ArgumentError("count", count, "a whole number from 1");
  const rng = new Rng(seed);
  let written = 0;
  while (written < count) {
    const list = drawList(rng, options);
    for (let i = 0; i < requestsPerList && written < count; i++) {
      const row = drawRow(rng, list, options, { irrelevant, parallel, incomplete });
      if (!row) continue;
      written++;
      yield row;
    }
  }
}

function drawList(rng: Rng, options: GenerateRowsOptions): RequestFunction[] {
  const length = pickWeighted(rng, listLengths);
  const list: RequestFunction[] = [];
  for (let tries = 0; list.length < length && tries < 50; tries++) {
    const made = drawFunction(rng, options);
    if (!list.some(({ tool }) => tool.name === made.tool.name)) list.push(made);
  }
  return list;
}

function drawFunction(
  rng: Rng,
  { functions, split = "training", procedural = 0.35, avoid }: GenerateRowsOptions,
): RequestFunction {
  if (functions?.length) return pick(rng, functions);
  for (;;) {
    const made = chance(rng, procedural)
      ? proceduralFunction(rng)
      : topicFunction(rng, pick(rng, split === "training" ? topics : heldOutTopics));
    if (!avoid?.has(made.tool.name)) return made;
  }
}

function drawRow(
  rng: Rng,
  list: readonly RequestFunction[],
  options: GenerateRowsOptions,
  shares: { irrelevant: number; parallel: number; incomplete: number },
): FunctionRow | undefined {
  const tools = list.map(({ tool }) => ({ type: "function" as const, function: tool }));
  const drawn = rng.uniform();
  if (drawn < shares.irrelevant) {
    const request = irrelevantRequest(rng, list, options);
    if (request === undefined) return undefined;
    return { messages: [user(request), { role: "assistant", content: refusal }], tools };
  }
  const chosen = pick(rng, list);
  if (drawn < shares.irrelevant + shares.incomplete) {
    const left = chosen.drawIncomplete?.(rng);
    if (left) {
      const question = pick(rng, [
        `What is the ${left.missing}?`,
        `Please tell me the ${left.missing}.`,
        `Which ${left.missing} do you mean?`,
      ]);
      return { messages: [user(left.request), { role: "assistant", content: question }], tools };
    }
  }
  const first = chosen.draw(rng);
  if (!chance(rng, shares.parallel))
    return { messages: [user(first.request), called([[chosen, first.arguments]])], tools };
  const other = pick(rng, list);
  const second = other.draw(rng);
  const request = `${first.request.replace(/[?.!]+$/, "")}${pick(rng, [". Also, ", ", and then ", "; after that ", ". And "])}${second.request.slice(0, 1).toLowerCase()}${second.request.slice(1)}`;
  return {
    messages: [
      user(request),
      called([
        [chosen, first.arguments],
        [other, second.arguments],
      ]),
    ],
    tools,
  };
}

/** A request for something else: now and then for something near. */
function irrelevantRequest(
  rng: Rng,
  list: readonly RequestFunction[],
  options: GenerateRowsOptions,
): string | undefined {
  const groups = new Set(list.map(({ group }) => group));
  const names = new Set(list.map(({ tool }) => tool.name));
  const { functions, split = "training" } = options;
  if (chance(rng, 0.08)) return pick(rng, smallTalk);
  if (functions?.length) {
    const others = functions.filter(({ tool }) => !names.has(tool.name));
    if (others.length > 0 && chance(rng, 0.5)) return pick(rng, others).draw(rng).request;
  }
  if (!functions?.length && chance(rng, 0.15)) return proceduralFunction(rng).draw(rng).request;
  const pool = shuffled(rng, split === "training" ? topics : heldOutTopics);
  const wantsNear = chance(rng, 0.35);
  const said = list.map(({ tool }) => tool.description);
  const usable = pool.filter(({ about }) => !about.some((text) => said.some((one) => one?.startsWith(text))));
  const chosen = usable.find(({ group }) => groups.has(group) === wantsNear) ?? usable[0];
  return chosen && topicFunction(rng, chosen).draw(rng).request;
}

const smallTalk = [
  "Tell me a joke.",
  "How are you today?",
  "Write a short poem about the sea.",
  "What is the meaning of life?",
  "Who are you?",
  "Explain how a rainbow forms.",
  "Why is the sky blue?",
  "Give me three tips for sleeping better.",
  "What is the difference between a virus and a bacterium?",
  "Summarise the plot of a famous play.",
  "Thank you, that was helpful!",
  "Can you help me with my essay?",
  "What is seven times eight?",
  "Describe how photosynthesis works.",
  "Which is heavier, a kilo of feathers or a kilo of iron?",
];

const user = (content: string) => ({ role: "user" as const, content });

function called(
  calls: readonly (readonly [RequestFunction, Record<string, unknown>])[],
): FunctionRow["messages"][number] {
  return {
    role: "assistant",
    content: null,
    tool_calls: calls.map(([{ tool }, values], i) => ({
      id: `call_${i + 1}`,
      type: "function",
      function: { name: tool.name, arguments: spacedJson(values) },
    })),
  };
}
