import { ArgumentError } from "@loam/core";
import { argument, command, text, texts } from "../../command/command.ts";

export const scoreCommand = command({
  name: "score",
  summary: "Score predictions against references",
  description:
    "The file is a table (JSON Lines, JSON, CSV, TSV, Excel, Parquet) with a prediction and a reference in each row, or a text " +
    "file with one prediction a line beside --reference. Metrics: ROUGE (rouge1, rougeL, …), bleu, chrf, ter, exactMatch, " +
    "answerF1, bertscore, embeddingCosine and those of a judge; a misspelt one is told the nearest.",
  args: { file: argument("predictions") },
  options: {
    metric: texts("may be repeated; rougeL unless said otherwise", { value: "name" }),
    reference: texts("text file with one reference a line; may be repeated", { value: "file" }),
    predictionColumn: text("column of the predictions, where its name does not tell", { value: "name" }),
    referenceColumn: text("column of the references", { value: "name" }),
    judge: text("model that grades, instead of the one that is set", { value: "provider:model" }),
  },
  examples: [
    ["score preds.jsonl --metric rougeL --metric bleu", "two metrics, with intervals"],
    ["score preds.txt --reference refs.txt --json", "one text a line"],
  ],
  run: async (values, io) => {
    const [{ scoreWith }, { table }] = await Promise.all([
      import("./score-with.ts"),
      import("../../terminal/table.ts"),
    ]);
    if (values.reference.length > 0 && (values.predictionColumn ?? values.referenceColumn) !== undefined)
      throw new ArgumentError("reference", values.reference, "columns or files of references, not both");
    const { rows, metrics } = await scoreWith(values, io);
    io.result({ rows, metrics }, () =>
      table(
        metrics.map(({ metric, value, interval, failures, signature }) => [
          metric,
          value === null ? "-" : value.toFixed(4),
          interval ? `${interval.low.toFixed(4)} … ${interval.high.toFixed(4)}` : "",
          failures.length > 0 ? `${failures.length} of ${rows} rows failed` : "",
          signature,
        ]),
      ),
    );
    for (const { metric, failures } of metrics) {
      const [first] = failures;
      if (first)
        io.note(
          `${metric}: ${failures.length} of ${rows} rows failed, the first (row ${first.row + 1}) because ${first.reason}`,
        );
    }
    if (metrics.some(({ value, failures }) => value === null && failures.length > 0)) io.setExitCode(1);
  },
});
