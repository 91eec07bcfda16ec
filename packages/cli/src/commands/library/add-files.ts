import { LoamError } from "@loam/core";
import type { DocumentRecord, Library } from "@loam/library";
import { findDocuments } from "../../terminal/files.ts";
import type { Io } from "../../terminal/io.ts";

/** A file that could not be read, and why. */
export interface FailedFile {
  file: string;
  error: LoamError;
}

export interface AddedFiles {
  documents: { file: string; document: DocumentRecord }[];
  failed: FailedFile[];
}

/**
 * Reads files into the library, one after the other. What is wrong with one is told and kept; the rest goes on. Files
 * that are already there cost nothing.
 */
export function addFiles(
  library: Library,
  paths: readonly string[],
  { io, password }: { io: Io; password?: string },
): Promise<AddedFiles> {
  return forEachFile(paths, io, (file) => library.add(file, { password, signal: io.signal, onProgress: io.progress }));
}

/** Hands files to the workers, in the same manner. */
export function enqueueFiles(library: Library, paths: readonly string[], { io }: { io: Io }): Promise<AddedFiles> {
  return forEachFile(paths, io, (file) => library.enqueue(file, { signal: io.signal }));
}

async function forEachFile(
  paths: readonly string[],
  io: Io,
  add: (file: string) => Promise<DocumentRecord>,
): Promise<AddedFiles> {
  const { files, problems } = await findDocuments(paths);
  const added: AddedFiles = { documents: [], failed: [] };
  const fail = (file: string, error: LoamError) => {
    added.failed.push({ file, error });
    io.problem(file, error);
  };
  for (const { path, error } of problems) fail(path, error);
  for (const file of files) {
    io.signal.throwIfAborted();
    try {
      added.documents.push({ file, document: await add(file) });
    } catch (error) {
      // Only what is wrong with this one file is its own affair.
      if (io.signal.aborted || !(error instanceof LoamError) || (error.exitCode !== 3 && error.exitCode !== 4))
        throw error;
      fail(file, error);
    }
  }
  return added;
}

/** The failures as they stand in a JSON document; left out when there are none. */
export function failedJson(failed: FailedFile[]): { failed?: { file: string; error: unknown }[] } {
  return failed.length === 0 ? {} : { failed: failed.map(({ file, error }) => ({ file, error: error.toJSON() })) };
}
