import { UnavailableError } from "@loam/core";
import type { Store } from "@loam/store";
import OpenAI from "openai";
import type { Files } from "../files/files.ts";
import type { VectorStores } from "../vector-stores/vector-stores.ts";

/** An account of OpenAI's, or of a server that speaks the same, and where its objects go. */
export interface Account {
  client: OpenAI;
  store: Store;
  project: string;
  files: Files;
  vectorStores: VectorStores;
  signal?: AbortSignal;
}

/** The official client for an account. */
export function openAccount({ baseUrl, apiKey }: { baseUrl?: string; apiKey: string }): OpenAI {
  return new OpenAI({ apiKey, ...(baseUrl && { baseURL: baseUrl }), maxRetries: 2 });
}

/**
 * What an account answers to a question about one object; undefined, with the reason told, where it refuses it.
 *
 * @throws {UnavailableError} when it cannot be reached, or refuses the key.
 */
export async function asked<T>(question: Promise<T>, onRefused: (reason: string) => void): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    if (error.status === undefined || error.status === 401 || error.status >= 500) {
      throw new UnavailableError("the account", error.message, {
        details: { status: error.status },
        hint: error.status === 401 ? "check the key" : "what is imported stays; run the import again",
        cause: error,
      });
    }
    onRefused(error.message);
    return undefined;
  }
}

/** Everything of a list, oldest first, so that lists here show it in the order of there. */
export async function oldestFirst<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all.reverse();
}

export const dateOf = (unixSeconds: number): Date => new Date(unixSeconds * 1000);
