import { InputError } from "@loam/core";
import { parse } from "yaml";
import { z } from "zod";

const names = z.union([z.string(), z.array(z.string()).max(200)]).transform((value) => [value].flat());
const selection = {
  experiment: z.string().optional(),
  filter: z.string().max(5000).optional(),
  order: z.string().max(500).optional(),
  runs: names.optional(),
  limit: z.int().min(1).max(200).default(20),
};

/** The live blocks of a report: a code fence with one of these names, whose text is YAML. */
const blockSchemas = {
  "loam-chart": z.strictObject({
    ...selection,
    keys: names,
    title: z.string().optional(),
    log: z.boolean().default(false),
  }),
  "loam-runs": z.strictObject({ ...selection, columns: names.optional() }),
  "loam-metric": z.strictObject({ run: z.string(), key: z.string(), label: z.string().optional() }),
  "loam-trace": z.strictObject({ id: z.string() }),
  "loam-image": z.strictObject({ run: z.string(), path: z.string(), caption: z.string().optional() }),
  "loam-sql": z.strictObject({ sql: z.string(), limit: z.int().min(1).max(1000).default(100) }),
} as const;

type BlockName = keyof typeof blockSchemas;

export type ReportBlock = {
  [Name in BlockName]: { type: Name } & z.infer<(typeof blockSchemas)[Name]>;
}[BlockName];

export function isBlockName(name: string): name is BlockName {
  return Object.hasOwn(blockSchemas, name);
}

/**
 * What a live block asks for.
 *
 * @throws {InputError} `invalid_block` naming the field.
 */
export function readBlock(name: BlockName, text: string): ReportBlock {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (cause) {
    throw invalid(name, (cause as Error).message.split("\n")[0]!);
  }
  const read = blockSchemas[name].safeParse(value);
  if (read.success) return { type: name, ...read.data } as ReportBlock;
  const issue = read.error.issues[0]!;
  throw invalid(name, `${issue.path.join(".") || "it"}: ${issue.message}`);
}

function invalid(name: string, why: string): InputError {
  return new InputError("invalid_block", `The block \`${name}\` cannot be read: ${why}.`, {
    details: { name },
    hint: "its text is YAML, such as `keys: loss` and `experiment: first`",
  });
}
