import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, UnsupportedError } from "@loam/core";

/** A clip that takes longer, or gives more, is not one that anybody means. */
const usualLimits = { ms: 120_000, bytes: 2 ** 31 - 1 };

/**
 * What the machine's `ffmpeg` makes of a file's bytes. They are put into a file: what an MP4 needs first often stands at its end.
 *
 * @param args arguments, given the name of that file; the output goes to `pipe:1`, or to `outputFile`
 * @throws {UnsupportedError} where there is no ffmpeg. @throws {InputError} `bad_clip` with its last words, or for what does not end.
 */
export async function withFfmpeg(
  bytes: Uint8Array,
  args: (input: string) => readonly string[],
  {
    what = "read",
    outputFile,
    limits = usualLimits,
  }: { what?: "read" | "written"; outputFile?: (input: string) => string; limits?: { ms: number; bytes: number } } = {},
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "loam-clip-"));
  try {
    const input = join(folder, "clip");
    await writeFile(input, bytes);
    const child = spawn("ffmpeg", ["-nostdin", ...args(input)], { stdio: ["ignore", "pipe", "pipe"] });
    const [out, errors]: [Buffer[], Buffer[]] = [[], []];
    let [size, endless] = [0, false];
    const stop = () => {
      endless = true;
      child.kill("SIGKILL");
    };
    const clock = setTimeout(stop, limits.ms);
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size > limits.bytes) stop();
      else out.push(part);
    });
    child.stderr.on("data", (part: Buffer) => errors.length < 100 && errors.push(part));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    })
      .catch((cause: NodeJS.ErrnoException) => {
        throw new UnsupportedError(`Video files are ${what} by ffmpeg, which is not on this machine.`, {
          hint: "install ffmpeg, or use GIF or WebP",
          cause,
        });
      })
      .finally(() => clearTimeout(clock));
    if (endless)
      throw new InputError(
        "bad_clip",
        `The clip does not end: more than ${limits.ms / 1000} s or ${limits.bytes} bytes.`,
        { hint: "cut it with `ffmpeg -t 60`" },
      );
    if (code !== 0) {
      const why = Buffer.concat(errors).toString().replaceAll(input, "clip").trim().split("\n").at(-1)?.slice(0, 200);
      throw new InputError("bad_clip", `The clip cannot be ${what}: ${why || `ffmpeg ended with ${code}`}.`, {
        hint: "try `ffmpeg -i FILE` to see what is wrong with it",
      });
    }
    return outputFile ? await readFile(outputFile(input)) : Buffer.concat(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
