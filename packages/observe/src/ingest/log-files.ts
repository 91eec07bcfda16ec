import { redactWhole } from "../secrets/redact.ts";
import { redactText } from "../secrets/secrets.ts";

/** What clients' libraries write of themselves beside what their users save: the console, the command line, the settings. */
const logNames =
  /^(?:output\.log|debug[\w-]*\.log|wandb-(?:metadata|summary)\.json|wandb-(?:history|events)\.jsonl|config\.yaml|requirements\.txt|conda-environment\.yaml|diff\.patch|traces\.json)$/;
/** Text is looked at in pieces of about this length, and others are let in between. */
const pieceChars = 262_144;

/** The bytes of a file without secrets, if it is one of those that nobody saves on purpose; others are kept as they are. */
export async function withoutSecrets(scope: string, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!/^(?:run|trace)\//.test(scope) || !logNames.test(path)) return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  const clean = (path.endsWith(".json") ? cleanJson(text) : undefined) ?? (await cleanLines(text));
  return clean === text ? bytes : Buffer.from(clean);
}

function cleanJson(text: string): string | undefined {
  if (text.length > 8 * pieceChars) return undefined;
  try {
    return JSON.stringify(redactWhole(JSON.parse(text)));
  } catch {
    return undefined; // with NaN, say
  }
}

async function cleanLines(text: string): Promise<string> {
  const clean: string[] = [];
  for (let from = 0; from < text.length; ) {
    const end = from + pieceChars < text.length ? text.lastIndexOf("\n", from + pieceChars) + 1 : text.length;
    const to = end > from ? end : from + pieceChars;
    clean.push(redactText(text.slice(from, to)));
    from = to;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return clean.join("");
}
