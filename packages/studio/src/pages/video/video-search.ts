/** What a link to the form for a clip can say. */
export interface VideoSearch {
  prompt?: string;
  model?: string;
  seed?: number;
  guidance?: number;
  steps?: number;
  size?: string;
}

export function readVideoSearch(search: Record<string, unknown>): VideoSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const number = (value: unknown) =>
    value !== undefined && value !== "" && Number(value) >= 0 ? Number(value) : undefined;
  return dropUndefined({
    prompt: text(search.prompt),
    model: text(search.model),
    size: text(search.size),
    seed: number(search.seed),
    guidance: number(search.guidance),
    steps: number(search.steps),
  });
}

/** What a link to a grid says: one prompt, several seeds and guidances. */
export interface GridSearch extends Pick<VideoSearch, "prompt" | "model" | "steps"> {
  /** Separated by commas. */
  seeds?: string;
  guidances?: string;
}

export function readGridSearch(search: Record<string, unknown>): GridSearch {
  const { prompt, model, steps } = readVideoSearch(search);
  const list = (value: unknown) => (typeof value === "string" && readNumbers(value).length > 0 ? value : undefined);
  return dropUndefined({ prompt, model, steps, seeds: list(search.seeds), guidances: list(search.guidances) });
}

/** What a link to the attention of a clip says. */
export interface AttentionSearch {
  clip?: string;
  patch?: number;
  /** A layer; all of them when left out. */
  block?: number;
  time?: number;
}

export function readAttentionSearch(search: Record<string, unknown>): AttentionSearch {
  const whole = (value: unknown) => {
    const number = value === undefined || value === "" ? Number.NaN : Number(value);
    return Number.isInteger(number) && number >= 0 ? number : undefined;
  };
  const time = search.time === undefined || search.time === "" ? Number.NaN : Number(search.time);
  return dropUndefined({
    clip: typeof search.clip === "string" && search.clip !== "" ? search.clip : undefined,
    patch: whole(search.patch),
    block: whole(search.block),
    time: time >= 0 && time <= 1 ? time : undefined,
  });
}

const mostInARow = 8;

/** `1, 2, 5-7` → [1, 2, 5, 6, 7]; each once, at most eight. */
export function readNumbers(text: string): number[] {
  const numbers = text.split(/[\s,，]+/).flatMap((part) => {
    const range = /^(\d+)-(\d+)$/.exec(part);
    if (range) {
      const [from, to] = [Number(range[1]), Number(range[2])];
      return Array.from({ length: Math.min(Math.max(0, to - from + 1), mostInARow) }, (_, i) => from + i);
    }
    return part !== "" && Number(part) >= 0 ? [Number(part)] : [];
  });
  return [...new Set(numbers)].slice(0, mostInARow);
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
