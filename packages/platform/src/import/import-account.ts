import { UnavailableError } from "@loam/core";
import type { Store } from "@loam/store";
import { Files } from "../files/files.ts";
import { VectorStores } from "../vector-stores/vector-stores.ts";
import { type Account, asked, openAccount } from "./account.ts";
import { importAssistants } from "./import-assistants.ts";
import { importEvals } from "./import-evals.ts";
import { importFiles } from "./import-files.ts";
import { importJobs } from "./import-jobs.ts";
import { importThreads, type ThreadToImport } from "./import-threads.ts";
import { importVectorStores } from "./import-vector-stores.ts";
import { type ImportedKind, type ImportReport, importedKinds, Tally } from "./tally.ts";

export interface ImportAccountOptions {
  /** Up to and including `/v1`; OpenAI's own when left out. */
  baseUrl?: string;
  apiKey: string;
  /** Left out, every kind. */
  kinds?: readonly ImportedKind[];
  /** Threads by their ids, or as they were exported. */
  threads?: readonly unknown[];
  /** Whose objects they become. */
  project?: string;
  /** Hears of each kind that is done. */
  onKind?: (report: ImportReport) => void;
  signal?: AbortSignal;
}

/**
 * Copies the objects of an account of OpenAI's (or of a server that speaks the same) into a store, under their own ids. What is
 * there already stays as it is, so that importing twice changes nothing.
 *
 * @throws {UnavailableError} when the account cannot be reached or the key is refused; what was copied stays.
 */
export async function importAccount(
  store: Store,
  { baseUrl, apiKey, kinds = importedKinds, threads = [], project = "", onKind, signal }: ImportAccountOptions,
): Promise<ImportReport[]> {
  const files = new Files(store);
  const vectorStores = new VectorStores({ store, files, embedder: noEmbedder });
  const account: Account = { client: openAccount({ baseUrl, apiKey }), store, project, files, vectorStores, signal };
  const importers: Record<ImportedKind, (tally: Tally) => Promise<void>> = {
    files: (tally) => importFiles(account, tally),
    vector_stores: (tally) => importVectorStores(account, tally),
    assistants: (tally) => importAssistants(account, tally),
    threads: (tally) => importThreads(account, threads as ThreadToImport[], tally),
    fine_tuning: (tally) => importJobs(account, tally),
    evals: (tally) => importEvals(account, tally),
  };
  const reports: ImportReport[] = [];
  for (const kind of importedKinds.filter((one) => kinds.includes(one))) {
    const tally = new Tally(kind);
    // A server that has not this kind of object refuses its list.
    await asked(importers[kind](tally), (reason) => tally.leaveOut(kind, reason));
    reports.push(tally.report);
    onKind?.(tally.report);
  }
  return reports;
}

/** Files are read by whoever works on the store; nothing is searched here. */
function noEmbedder(): never {
  throw new UnavailableError("an embedder", "an import searches nothing");
}
