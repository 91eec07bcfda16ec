/** How a file of separated values is written. */
export interface Dialect {
  delimiter: string;
  /** Lines before the header: Excel's `sep=;`. */
  skipLines: number;
}

const delimiters = [",", ";", "\t", "|"];
const sampledRecords = 200;

/**
 * The delimiter of a table, told by its beginning: the one that stands in the header and splits the most records into
 * as many fields as the header has. The delimiter that the file's ending promises wins a draw.
 *
 * @param sample the first characters of the file. @param whole whether they are all of it.
 */
export function guessDialect(
  sample: string,
  { promised, whole = true }: { promised: string; whole?: boolean },
): Dialect {
  const told = /^sep=(.)\r?\n/i.exec(sample);
  if (told) return { delimiter: told[1]!, skipLines: 1 };
  const scored = [promised, ...delimiters.filter((each) => each !== promised)].map((delimiter) => {
    const counts = fieldCounts(sample, delimiter);
    if (!whole && counts.length > 1) counts.pop(); // it may go on after the sample
    const [header = 1, ...records] = counts;
    const agreeing = records.filter((count) => count === header).length;
    return { delimiter, header, share: records.length === 0 ? 1 : agreeing / records.length };
  });
  const possible = scored.filter(({ header }) => header > 1);
  const best = possible.reduce<(typeof scored)[number] | undefined>(
    (best, each) => (best === undefined || each.share > best.share ? each : best),
    undefined,
  );
  return { delimiter: best?.delimiter ?? promised, skipLines: 0 };
}

/** Fields of each of the first records, blank lines left out. A quote opens a field only at its start. */
function fieldCounts(text: string, delimiter: string): number[] {
  const counts: number[] = [];
  let fields = 1;
  let quoted = false;
  let atStart = true;
  let isBlank = true;
  for (let i = 0; i < text.length && counts.length < sampledRecords; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character === '"' && text[i + 1] === '"') i++;
      else if (character === '"') quoted = false;
      continue;
    }
    if (character === '"' && atStart) quoted = true;
    if (character === "\n") {
      if (!isBlank) counts.push(fields);
      fields = 1;
      isBlank = true;
      atStart = true;
      continue;
    }
    if (character === delimiter) fields++;
    atStart = character === delimiter;
    if (character !== "\r") isBlank = false;
  }
  if (!isBlank) counts.push(fields);
  return counts;
}
