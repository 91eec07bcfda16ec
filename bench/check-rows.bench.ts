import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkTrainingFile } from "@loam/finetuning";

/**
 * How many rows of training data are checked in a second? Rows with a function, a call whose arguments are held against
 * their schema, its output and an answer; every hundredth has its own function, every thousandth a fault. Wanted: 50,000.
 */
const rows = 200_000;
const parameters = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 }, unit: { enum: ["C", "F"] } },
  required: ["city"],
};
const row = (i: number) => {
  const name = i % 100 === 0 ? `weather_${i}` : "weather";
  return {
    messages: [
      { role: "user", content: `What will the weather be in town number ${i}?` },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: `c${i}`,
            type: "function",
            function: { name, arguments: `{"city": "Town ${i}", "days": ${i % 1000 === 0 ? '"x"' : 3}}` },
          },
        ],
      },
      { role: "tool", tool_call_id: `c${i}`, content: "9 degrees" },
      { role: "assistant", content: `It will be 9 degrees in town ${i}.` },
    ],
    tools: [{ type: "function", function: { name, description: "The weather of a town", parameters } }],
  };
};

const folder = await mkdtemp(join(tmpdir(), "loam-bench-"));
try {
  const path = join(folder, "rows.jsonl");
  await writeFile(path, Array.from({ length: rows }, (_, i) => `${JSON.stringify(row(i))}\n`).join(""));
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const { wrong } = await checkTrainingFile(path);
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const busy = (used.user + used.system) / 1e6;
  console.log(
    `${rows} rows, ${wrong} wrong: ${Math.round(rows / seconds)} rows/s (${Math.round(rows / busy)} a second of processor time)`,
  );
} finally {
  await rm(folder, { recursive: true });
}
