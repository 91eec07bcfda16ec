import { redactWith } from "@loam/store";
import { redact } from "./redact.ts";
import { redactText } from "./secrets.ts";

/** Everything is kept but the secrets: what a client logs it reads back. */
const limits = {
  maxStringChars: Number.POSITIVE_INFINITY,
  maxTotalChars: Number.POSITIVE_INFINITY,
  maxItems: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxNumbers: Number.POSITIVE_INFINITY,
  onDataUrl: ({ mimeType, base64 }: { mimeType: string; base64: string }) => `data:${mimeType};base64,${base64}`,
};

/** Whoever imports this package writes what is logged through its redaction, whichever table and road it takes. */
redactWith({ text: redactText, value: (value) => redact(value, limits) });
