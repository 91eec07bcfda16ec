import { existsSync } from "node:fs";
import { ArgumentError, NotFoundError } from "@loam/core";
import { checkTrainingFile, type FileCheck, type FixReport, fixTrainingFile, type RowKind } from "@loam/finetuning";
import { encodeExample, toExample } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";
import { openDecoder } from "../models/open-decoder.ts";

export interface CheckDataOptions {
  kind?: RowKind;
  model?: string;
  maxTokens: number;
}

/** What a model makes of a row's length, where one is given to count with. */
async function counting({ model: name, maxTokens }: CheckDataOptions, io: Io) {
  if (name === undefined) return {};
  const model = await openDecoder(name, io);
  const tokenizer = model.tokenizer!;
  const countTokens = (row: Record<string, unknown>) => {
    const of = (value: Record<string, unknown>) =>
      encodeExample(toExample(value), { model, tokenizer, template: "chat", maxTokens: 1e9 }).ids.length;
    if (!("preferred_output" in row)) return of(row);
    const input = row.input as { messages: unknown[] };
    return Math.max(
      ...[row.preferred_output, row.non_preferred_output].map((answer) =>
        of({ ...input, messages: [...input.messages, ...(answer as unknown[])] }),
      ),
    );
  };
  return { maxTokens, countTokens };
}

export const checkData = async (file: string, options: CheckDataOptions, io: Io): Promise<FileCheck> =>
  await checkTrainingFile(file, { kind: options.kind, signal: io.signal, ...(await counting(options, io)) });

/** Writes the mended rows beside the file. @throws {ArgumentError} where they would replace something. */
export async function fixData(
  file: string,
  out: string | undefined,
  options: CheckDataOptions,
  io: Io,
): Promise<FixReport> {
  if (!existsSync(file)) throw new NotFoundError("file", file, { hint: "check the path" });
  const output = out ?? file.replace(/(\.[^./]+)?$/, ".fixed$1");
  if (existsSync(output))
    throw new ArgumentError("out", output, "a file that does not exist yet", "name another with --out");
  return await fixTrainingFile(file, output, {
    kind: options.kind,
    signal: io.signal,
    ...(await counting(options, io)),
  });
}
