import { ArgumentError, LoamError, NotFoundError } from "@loam/core";
import { type Database, platformObjects as objects } from "@loam/store";
import { and, asc, type Column, count, desc, eq, gt, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { newObjectId, type ObjectKind } from "./ids.ts";
import type { Metadata } from "./metadata.ts";
import type { Page, PageQuery } from "./page.ts";

/** An object as it is kept. `body` holds what only its kind has. */
export interface Stored<Body> {
  id: string;
  project: string;
  /** The object that it belongs to; empty for none. */
  parentId: string;
  position: number;
  key: string | null;
  status: string;
  metadata: Metadata;
  body: Body;
  version: number;
  createdAt: Date;
  expiresAt: Date | null;
}

export interface NewObject<Body> {
  body: Body;
  project?: string;
  parentId?: string;
  id?: string;
  /** Unique among the siblings of its kind. */
  key?: string;
  status?: string;
  metadata?: Metadata;
  createdAt?: Date;
  expiresAt?: Date | null;
}

/** What a change leaves out stays. */
export interface Change<Body> {
  body?: Partial<Body>;
  status?: string;
  metadata?: Metadata;
  key?: string | null;
  expiresAt?: Date | null;
}

/** Narrows a list. */
export interface Match {
  parentId?: string;
  status?: string | readonly string[];
  /** Pairs that all have to be there. */
  metadata?: Metadata;
  /** Fields of the body with these values, as jsonb contains them. */
  body?: Record<string, unknown>;
}

/** The objects of one kind. What belongs to another project is not there. */
export class Collection<Body extends object> {
  readonly #db: Database;
  readonly #kind: ObjectKind;
  readonly #name: string;

  readonly #hidesExpired: boolean;

  /**
   * @param name what people call one, in messages
   * @param options.hidesExpired whether an object is gone from the moment its time is over; else it stays, and whoever
   * sweeps says what becomes of it.
   */
  constructor(
    db: Database,
    kind: ObjectKind,
    name: string = kind.replaceAll("_", " "),
    { hidesExpired = false }: { hidesExpired?: boolean } = {},
  ) {
    this.#db = db;
    this.#kind = kind;
    this.#name = name;
    this.#hidesExpired = hidesExpired;
  }

  /** The same objects within a transaction. */
  in(db: Database): Collection<Body> {
    return new Collection(db, this.#kind, this.#name, { hidesExpired: this.#hidesExpired });
  }

  async insert(object: NewObject<Body>): Promise<Stored<Body>> {
    return (await this.insertMany([object]))[0]!;
  }

  /** In the order given. */
  async insertMany(list: readonly NewObject<Body>[]): Promise<Stored<Body>[]> {
    const rows: Stored<Body>[] = [];
    for (let from = 0; from < list.length; from += rowsAtOnce) {
      const values = list
        .slice(from, from + rowsAtOnce)
        .map(({ id, metadata = {}, createdAt = new Date(), ...row }) => {
          return { ...row, id: id ?? newObjectId(this.#kind), kind: this.#kind, metadata, createdAt };
        });
      rows.push(...(await this.#db.insert(objects).values(values).returning()).map(toStored<Body>));
    }
    return rows;
  }

  /**
   * Adds the object unless one of its key is there; answers the one that is there then, and whether it is new.
   *
   * @throws {NotFoundError} when the one with the key is removed in between.
   */
  async insertOnce(object: NewObject<Body> & { key: string }): Promise<{ row: Stored<Body>; isNew: boolean }> {
    const { id, metadata = {}, createdAt = new Date(), ...rest } = object;
    const value = { ...rest, id: id ?? newObjectId(this.#kind), kind: this.#kind, metadata, createdAt };
    const [row] = await this.#db.insert(objects).values(value).onConflictDoNothing().returning();
    if (row) return { row: toStored<Body>(row), isNew: true };
    const { project = "", parentId = "", key } = object;
    const found = await this.findByKey(project, key, parentId);
    if (!found) throw new NotFoundError(this.#name, key);
    return { row: found, isNew: false };
  }

  /** Adds an object that has an id from elsewhere, unless there is one of that id, or was. @returns whether it is new */
  async insertKnown(object: NewObject<Body> & { id: string }): Promise<boolean> {
    const { metadata = {}, createdAt = new Date(), ...rest } = object;
    const value = { ...rest, kind: this.#kind, metadata, createdAt };
    const added = await this.#db.insert(objects).values(value).onConflictDoNothing().returning({ id: objects.id });
    return added.length > 0;
  }

  /** Adds an object in one statement, where a condition of the database holds; answers undefined where it does not. */
  async insertWhere(object: NewObject<Body>, condition: SQL): Promise<Stored<Body> | undefined> {
    const { project = "", parentId = "", key = null, status = "", metadata = {}, body, expiresAt = null } = object;
    const id = object.id ?? newObjectId(this.#kind);
    const value = (column: Column, given: unknown) => sql.param(given, column);
    const { rows } = await this.#db.execute<{ position: number | string; created_at: string | Date }>(sql`
      insert into ${objects} (id, kind, project, parent_id, key, status, metadata, body, expires_at)
      select ${id}, ${this.#kind}, ${project}, ${parentId}, ${value(objects.key, key)}, ${status},
        ${value(objects.metadata, metadata)}::jsonb, ${value(objects.body, body)}::jsonb,
        ${expiresAt?.toISOString() ?? null}::timestamptz
      where ${condition} returning position, created_at`);
    const [row] = rows;
    if (!row) return undefined;
    const { position, created_at } = row;
    const known = { id, project, parentId, key, status, metadata, body, expiresAt, version: 1 };
    return { ...known, position: Number(position), createdAt: new Date(created_at) };
  }

  async find(project: string, id: string, match: Match = {}): Promise<Stored<Body> | undefined> {
    const where = and(this.#visible(project, match), eq(objects.id, id));
    const [row] = await this.#db.select().from(objects).where(where).limit(1);
    return row && toStored<Body>(row);
  }

  async findByKey(project: string, key: string, parentId = ""): Promise<Stored<Body> | undefined> {
    const where = and(this.#visible(project, { parentId }), eq(objects.key, key));
    const [row] = await this.#db.select().from(objects).where(where).limit(1);
    return row && toStored<Body>(row);
  }

  /** The object of whichever project: for those who do work, never for those who ask. */
  async findAnywhere(id: string): Promise<Stored<Body> | undefined> {
    const where = and(eq(objects.kind, this.#kind), eq(objects.id, id), isNull(objects.deletedAt));
    const [row] = await this.#db.select().from(objects).where(where).limit(1);
    return row && toStored<Body>(row);
  }

  /** Objects of whichever project in a state, oldest first: for those who do work. */
  async inState(status: string | readonly string[], { limit = 1000 } = {}): Promise<Stored<Body>[]> {
    const where = and(eq(objects.kind, this.#kind), isNull(objects.deletedAt), statusIs(status));
    const rows = await this.#db.select().from(objects).where(where).orderBy(asc(objects.position)).limit(limit);
    return rows.map(toStored<Body>);
  }

  /** Objects of whichever project whose time is over. */
  async expired(now = new Date(), { limit = 1000 } = {}): Promise<Stored<Body>[]> {
    const where = and(eq(objects.kind, this.#kind), isNull(objects.deletedAt), lte(objects.expiresAt, now));
    const rows = await this.#db.select().from(objects).where(where).orderBy(asc(objects.expiresAt)).limit(limit);
    return rows.map(toStored<Body>);
  }

  /** @throws {NotFoundError} */
  async get(project: string, id: string, match: Match = {}): Promise<Stored<Body>> {
    const row = await this.find(project, id, match);
    if (!row) throw new NotFoundError(this.#name, id);
    return row;
  }

  /**
   * Changes one object, alone: `change` sees the newest state, and no other change comes between. Where it answers
   * undefined, nothing changes; what it throws, leaves it as it was.
   *
   * @throws {NotFoundError}
   */
  async update(
    project: string,
    id: string,
    change:
      | Change<Body>
      | ((row: Stored<Body>, tx: Database) => Change<Body> | undefined | Promise<Change<Body> | undefined>),
    match: Match = {},
  ): Promise<Stored<Body>> {
    return await this.#db.transaction(async (tx) => {
      const where = and(this.#visible(project, match), eq(objects.id, id));
      const [found] = await tx.select().from(objects).where(where).limit(1).for("update");
      if (!found) throw new NotFoundError(this.#name, id);
      const row = toStored<Body>(found);
      const wanted = typeof change === "function" ? await change(row, tx) : change;
      if (!wanted) return row;
      const { body, ...columns } = wanted;
      const values = { ...columns, version: row.version + 1, ...(body ? { body: { ...row.body, ...body } } : {}) };
      const [written] = await tx.update(objects).set(values).where(eq(objects.id, id)).returning();
      return toStored<Body>(written!);
    });
  }

  /**
   * Takes an object away, and all that belongs to it. Its place stays for a day: who was paging goes on behind it.
   *
   * @throws {NotFoundError}
   */
  async remove(project: string, id: string, match: Match = {}): Promise<Stored<Body>> {
    return await this.#db.transaction(async (tx) => {
      const where = and(this.#present(project, match), eq(objects.id, id));
      const [found] = await tx.select().from(objects).where(where).limit(1).for("update");
      if (!found) throw new NotFoundError(this.#name, id);
      await removeBelow(tx, [id]);
      const gone = { deletedAt: new Date(), body: {}, metadata: {}, expiresAt: null };
      await tx.update(objects).set(gone).where(eq(objects.id, id));
      return toStored<Body>(found);
    });
  }

  /**
   * A page of the list, in the order of making.
   *
   * @throws {ArgumentError} when `after` or `before` names nothing of this list.
   */
  async page(
    project: string,
    { limit, order, after, before }: PageQuery,
    match: Match = {},
  ): Promise<Page<Stored<Body>>> {
    const conditions = [this.#visible(project, match)];
    const behind = order === "asc" ? gt : lt;
    const ahead = order === "asc" ? lt : gt;
    if (after !== undefined)
      conditions.push(behind(objects.position, await this.#place(project, "after", after, match)));
    if (before !== undefined)
      conditions.push(ahead(objects.position, await this.#place(project, "before", before, match)));
    // The nearest ones before a place are read from it backwards.
    const backwards = before !== undefined && after === undefined;
    const direction = (order === "asc") === !backwards ? asc : desc;
    const rows = await this.#db
      .select()
      .from(objects)
      .where(and(...conditions))
      .orderBy(direction(objects.position))
      .limit(limit + 1);
    const data = rows.slice(0, limit).map(toStored<Body>);
    return { data: backwards ? data.reverse() : data, hasMore: rows.length > limit };
  }

  /** All of a list, oldest first, in pages. */
  async *all(project: string, match: Match = {}): AsyncGenerator<Stored<Body>> {
    let position = -1;
    for (;;) {
      const where = and(this.#visible(project, match), gt(objects.position, position));
      const rows = await this.#db.select().from(objects).where(where).orderBy(asc(objects.position)).limit(rowsAtOnce);
      for (const row of rows) yield toStored<Body>(row);
      if (rows.length < rowsAtOnce) return;
      position = rows.at(-1)!.position;
    }
  }

  /** How many there are in each state. */
  async countByStatus(project: string, match: Match = {}): Promise<Map<string, number>> {
    const rows = await this.#db
      .select({ status: objects.status, count: count() })
      .from(objects)
      .where(this.#visible(project, match))
      .groupBy(objects.status);
    return new Map(rows.map((row) => [row.status, row.count]));
  }

  #visible(project: string, match: Match): SQL {
    if (!this.#hidesExpired) return this.#present(project, match);
    return and(this.#present(project, match), or(isNull(objects.expiresAt), gt(objects.expiresAt, new Date())))!;
  }

  #present(project: string, match: Match): SQL {
    return and(
      eq(objects.kind, this.#kind),
      eq(objects.project, project),
      match.parentId === undefined ? undefined : eq(objects.parentId, match.parentId),
      isNull(objects.deletedAt),
      match.status === undefined ? undefined : statusIs(match.status),
      contains(objects.metadata, match.metadata),
      contains(objects.body, match.body),
    )!;
  }

  /** Where an object, named by its id or its key, stands in the list, be it gone. */
  async #place(project: string, name: "after" | "before", id: string, { parentId }: Match): Promise<number> {
    const among = [
      eq(objects.kind, this.#kind),
      eq(objects.project, project),
      parentId === undefined ? undefined : eq(objects.parentId, parentId),
    ];
    // One question each: for both in one, Postgres reads a whole list backwards.
    const byId = this.#db.select({ position: objects.position }).from(objects).limit(1);
    let [row] = await byId.where(and(eq(objects.id, id), ...among));
    if (!row) {
      const byKey = this.#db.select({ position: objects.position }).from(objects).limit(1);
      [row] = await byKey.where(and(eq(objects.key, id), ...among)).orderBy(desc(objects.position));
    }
    if (row) return row.position;
    throw new ArgumentError(name, id, `the id of a ${this.#name} of this list`, "take `last_id` of the page before");
  }
}

const rowsAtOnce = 500;

/** Refuses a change that the state of an object does not allow. */
export class StateError extends LoamError {
  constructor(message: string, options: { details?: Record<string, unknown>; hint?: string; code?: string } = {}) {
    super(options.code ?? "invalid_state", message, { ...options, status: 400, exitCode: 3 });
  }
}

/** Seconds since 1970, as OpenAI's objects tell the time. */
export function unixSeconds(time: Date): number;
export function unixSeconds(time: Date | null | undefined): number | null;
export function unixSeconds(time: Date | null | undefined): number | null {
  return time ? Math.floor(time.getTime() / 1000) : null;
}

/** Removes what belongs to the objects, and what belongs to that. */
async function removeBelow(tx: Database, parents: readonly string[]): Promise<void> {
  for (const parent of parents) {
    await tx.execute(sql`
      with recursive below as (
        select id from platform_objects where parent_id = ${parent}
        union all
        select o.id from platform_objects o join below b on o.parent_id = b.id
      ) delete from platform_objects where id in (select id from below)`);
  }
}

function contains(column: typeof objects.metadata | typeof objects.body, value: object | undefined): SQL | undefined {
  if (value === undefined || Object.keys(value).length === 0) return undefined;
  return sql`${column} @> ${JSON.stringify(value)}::jsonb`;
}

function statusIs(status: string | readonly string[]): SQL {
  const list = typeof status === "string" ? [status] : status;
  return sql`${objects.status} in (${sql.join(
    list.map((one) => sql`${one}`),
    sql`, `,
  )})`;
}

function toStored<Body>(row: typeof objects.$inferSelect): Stored<Body> {
  const { kind: _kind, deletedAt: _deletedAt, ...rest } = row;
  return { ...rest, metadata: row.metadata ?? {}, body: row.body as Body };
}
