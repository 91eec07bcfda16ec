import { createHash, createHmac, randomBytes } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { newId, type Store, type TeamRole, teamMembers } from "@loam/store";
import { asc, eq, or, sql } from "drizzle-orm";

export interface Member {
  id: string;
  name: string;
  role: TeamRole;
  hint: string;
  seenAt: Date | null;
  createdAt: Date;
}

/** Letters and digits only, and more than 40 of them: some clients of trackers take no other key. */
const memberKeyPrefix = "loamteam";

const shown = {
  id: teamMembers.id,
  name: teamMembers.name,
  role: teamMembers.role,
  hint: teamMembers.hint,
  seenAt: teamMembers.seenAt,
  createdAt: teamMembers.createdAt,
};

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a browser keeps for a key: it opens the same, and does not give the key away. */
export function sessionOf(key: string): string {
  return createHmac("sha256", key).update("loam session").digest("base64url");
}

/** Whether a credential looks like a member's key. */
export function isMemberKey(credential: string | undefined): credential is string {
  return credential?.startsWith(memberKeyPrefix) ?? false;
}

/** @returns the member, and its key, which is told only now. */
export async function addMember(
  store: Store,
  { name, role }: { name: string; role: TeamRole },
): Promise<{ member: Member; key: string }> {
  const key = memberKeyPrefix + randomBytes(24).toString("hex");
  const [member] = await store.db
    .insert(teamMembers)
    .values({
      ...{ id: newId("member"), name, role, hint: key.slice(0, memberKeyPrefix.length + 6) },
      ...{ keyDigest: digest(key), sessionDigest: digest(sessionOf(key)) },
    })
    .returning(shown);
  return { member: member!, key };
}

export async function listMembers(store: Store): Promise<Member[]> {
  return await store.db.select(shown).from(teamMembers).orderBy(asc(teamMembers.createdAt), asc(teamMembers.id));
}

/** @throws {NotFoundError} */
export async function setMemberRole(store: Store, id: string, role: TeamRole): Promise<Member> {
  const [member] = await store.db.update(teamMembers).set({ role }).where(eq(teamMembers.id, id)).returning(shown);
  if (!member) throw new NotFoundError("member", id);
  return member;
}

/** Takes a member's key away. @throws {NotFoundError} */
export async function removeMember(store: Store, id: string): Promise<void> {
  const gone = await store.db.delete(teamMembers).where(eq(teamMembers.id, id)).returning({ id: teamMembers.id });
  if (gone.length === 0) throw new NotFoundError("member", id);
}

/** Whose key or cookie this is; undefined when it is nobody's (any more). That they were here is noted once a minute. */
export async function memberOf(store: Store, credential: string): Promise<Member | undefined> {
  const known = digest(credential);
  const [member] = await store.db
    .select(shown)
    .from(teamMembers)
    .where(or(eq(teamMembers.keyDigest, known), eq(teamMembers.sessionDigest, known)));
  if (member && (member.seenAt?.getTime() ?? 0) < Date.now() - 60_000)
    await store.db.update(teamMembers).set({ seenAt: sql`now()` }).where(eq(teamMembers.id, member.id));
  return member;
}
