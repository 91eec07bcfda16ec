/** What stands in front of the text of a compaction, so that it is known again. */
const mark = "loam.compaction.1:";

/** A summary as clients carry it about: opaque to them, and of use to any server with the same models. */
export function writeCompaction(summary: string): string {
  return Buffer.from(mark + summary, "utf8").toString("base64url");
}

/** The summary as the model is told it; what another server wrote cannot be read and says nothing. */
export function readCompaction(encrypted: string): string {
  const text = Buffer.from(encrypted, "base64url").toString("utf8");
  return text.startsWith(mark) ? `Summary of the conversation so far:\n${text.slice(mark.length)}` : "";
}
