import type { Durability } from "./durable-folder.ts";

/** What the database's thread is started with. */
export interface ThreadStart {
  folder: string;
  durability: Durability;
}

/** Messages of PostgreSQL's protocol for the database, or the wish that it closes. */
export type Asked = { id: number; bytes: Uint8Array } | { id: number; close: true };

/** `id` of the answer that says whether the database is open. */
export const OPENED = 0;

export type Answered = { id: number; bytes?: Uint8Array } | { id: number; failed: { message: string } };
