import { randomBytes } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { newId, type Store, type TeamRole, teamInvitations } from "@loam/store";
import { and, asc, eq, sql } from "drizzle-orm";
import { addMember, digest, type Member } from "./members.ts";

export interface Invitation {
  id: string;
  role: TeamRole;
  /** Whom it is for, in the words of who made it. */
  note: string;
  expiresAt: Date;
  createdAt: Date;
}

const shown = {
  id: teamInvitations.id,
  role: teamInvitations.role,
  note: teamInvitations.note,
  expiresAt: teamInvitations.expiresAt,
  createdAt: teamInvitations.createdAt,
};
const daysValid = 7;

/** @returns the invitation and its code, which is told only now. */
export async function invite(
  store: Store,
  { role, note = "" }: { role: TeamRole; note?: string },
): Promise<{ invitation: Invitation; code: string }> {
  const code = randomBytes(24).toString("base64url");
  const [invitation] = await store.db
    .insert(teamInvitations)
    .values({
      ...{ id: newId("invite"), role, note, codeDigest: digest(code) },
      expiresAt: sql`now() + make_interval(days => ${daysValid})`,
    })
    .returning(shown);
  return { invitation: invitation!, code };
}

/** Those that can still be accepted. */
export async function listInvitations(store: Store): Promise<Invitation[]> {
  return await store.db
    .select(shown)
    .from(teamInvitations)
    .where(sql`${teamInvitations.expiresAt} > now()`)
    .orderBy(asc(teamInvitations.createdAt));
}

/** @throws {NotFoundError} */
export async function withdrawInvitation(store: Store, id: string): Promise<void> {
  const gone = await store.db.delete(teamInvitations).where(eq(teamInvitations.id, id)).returning(shown);
  if (gone.length === 0) throw new NotFoundError("invitation", id);
}

/** Makes whoever has the code a member; a code is good once. @throws {NotFoundError} when it is not (any more). */
export async function acceptInvitation(
  store: Store,
  { code, name }: { code: string; name: string },
): Promise<{ member: Member; key: string }> {
  const [invitation] = await store.db
    .delete(teamInvitations)
    .where(and(eq(teamInvitations.codeDigest, digest(code)), sql`${teamInvitations.expiresAt} > now()`))
    .returning(shown);
  if (!invitation)
    throw new NotFoundError("invitation", "", {
      hint: "it is used up, withdrawn or older than a week: ask for a new one",
    });
  return await addMember(store, { name, role: invitation.role });
}
