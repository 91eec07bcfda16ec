import type { OnProgress } from "@loam/core";
import type { RunRecorder } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";
import { barChars } from "../../terminal/progress-line.ts";
import { sparkline } from "../../terminal/sparkline.ts";

/** Shows a run while it goes on: one line with ETA, loss curve and pace, and a line for each evaluation and sample. */
export interface TuneScreen {
  recorder: RunRecorder;
  onProgress: OnProgress;
  readonly losses: readonly number[];
  /** Last finished step. */
  readonly step: number;
}

/** Characters of the progress line besides bar and curve: `train: step 1234 of 5678, 12%, 12:34 left, loss 2.3456  1,234 tok/s`. */
const TEXT_CHARS = 68;
const LONGEST_CURVE = 24;

export function tuneScreen(io: Pick<Io, "progress" | "note">, stream = process.stderr): TuneScreen {
  const losses: number[] = [];
  let step = 0;
  let pace: number | undefined;
  let best = Number.POSITIVE_INFINITY;
  return {
    losses,
    get step() {
      return step;
    },
    recorder: {
      metrics: (at, values) => {
        const { "train/loss": loss, "train/tokens_per_second": speed, "eval/loss": evaluated } = values;
        if (loss !== undefined) {
          losses.push(loss);
          step = at;
        }
        if (speed !== undefined) pace = pace === undefined ? speed : 0.8 * pace + 0.2 * speed;
        if (evaluated !== undefined) {
          io.note(
            `step ${at}: evaluation loss ${evaluated.toFixed(4)}${evaluated < best ? "" : `, lowest ${best.toFixed(4)}`}`,
          );
          best = Math.min(best, evaluated);
        }
        const scores = Object.entries(values).filter(([name]) => name.startsWith("eval/") && name !== "eval/loss");
        if (scores.length > 0)
          io.note(
            `step ${at}: answers ${scoreText(Object.fromEntries(scores.map(([name, score]) => [name.slice("eval/".length), score])))}`,
          );
      },
      text: (at, tag, text) => {
        // Answers that are scored are many, and in the run's record; their scores are told.
        if (tag.startsWith("eval/")) return;
        const [prompt = "", ...answer] = text.split("\n\n");
        io.note(`step ${at}: ${prompt}\n${indent(answer.join("\n\n").trim() || "(nothing)")}`);
      },
    },
    onProgress: (event) => {
      if (event.task !== "train") return io.progress(event);
      // What is not a step is a remark: a damaged checkpoint, an early end.
      if (event.etaMs === undefined && event.message) return io.note(event.message);
      const columns = stream.columns ?? 80;
      const room = stream.isTTY ? Math.min(LONGEST_CURVE, columns - barChars(columns) - TEXT_CHARS) : 0;
      const curve = sparkline(losses, room);
      const speed = pace === undefined ? "" : `${Math.round(pace).toLocaleString("en")} tok/s`;
      io.progress({ ...event, message: [event.message, curve, speed].filter(Boolean).join(" ") });
    },
  };
}

/** Scores of generated answers: `rouge1 0.4123, rougeL 0.3876`. */
export const scoreText = (scores: Readonly<Record<string, number>>): string =>
  Object.entries(scores)
    .map(([name, score]) => `${name} ${score.toFixed(4)}`)
    .join(", ");

const indent = (text: string): string => text.replaceAll(/^/gm, "    ");
