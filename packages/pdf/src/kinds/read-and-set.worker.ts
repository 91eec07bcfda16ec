import { type SetPage, setPages } from "./pages/set-pages.ts";
import { type FlowKind, readFlow } from "./read/read-flow.ts";

export interface SetDocument {
  title?: string;
  author?: string;
  pages: SetPage[];
  attachments?: { name: string; bytes: Uint8Array }[];
}

/** Reads a document without pages and sets it on pages: the task of the thread that strangers' files are read in. */
export async function readAndSet(input: { name: string; kind: FlowKind; bytes: Uint8Array }): Promise<SetDocument> {
  const { title, author, sections, attachments } = await readFlow(input);
  return { title, author, attachments, pages: setPages(sections) };
}
