import { createRoute, z } from "@hono/zod-openapi";
import {
  acceptInvitation,
  addMember,
  type Invitation,
  invite,
  listInvitations,
  listMembers,
  type Member,
  removeMember,
  sessionOf,
  setMemberRole,
  withdrawInvitation,
} from "@loam/observe";
import { router } from "../../../http/router.ts";
import { endMemberSession, memberOfRequest, startMemberSession } from "../../../security/team-door.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const Role = z.enum(["owner", "editor", "viewer"]).openapi("TeamRole");
const MemberSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: Role,
    hint: z.string().openapi({ description: "The beginning of the key" }),
    seenAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi("TeamMember");
const InvitationSchema = z
  .object({ id: z.string(), role: Role, note: z.string(), expiresAt: z.iso.datetime(), createdAt: z.iso.datetime() })
  .openapi("TeamInvitation");
const name = z.string().trim().min(1).max(100);
const id = { params: z.object({ id: z.string() }) };
const gone = { 200: json(z.object({ id: z.string() }), "Gone"), 404: json(ErrorSchema, "There is none") };

const show = createRoute({
  method: "get",
  path: "/team",
  responses: {
    200: json(
      z.object({
        me: MemberSchema.nullable().openapi({ description: "Null for whoever runs the server" }),
        members: z.array(MemberSchema),
        invitations: z.array(InvitationSchema),
      }),
      "Who works here, and who was asked to",
    ),
  },
});
const make = createRoute({
  method: "post",
  path: "/team/members",
  description: "A member, such as a program, whose key is handed on by whoever makes it.",
  request: body(z.strictObject({ name, role: Role })),
  responses: { 201: json(MemberSchema.extend({ key: z.string() }), "The member; the key is told only now") },
});
const change = createRoute({
  method: "patch",
  path: "/team/members/{id}",
  request: { ...id, ...body(z.strictObject({ role: Role })) },
  responses: { 200: json(MemberSchema, "The member"), 404: json(ErrorSchema, "There is none") },
});
const remove = createRoute({ method: "delete", path: "/team/members/{id}", request: id, responses: gone });
const ask = createRoute({
  method: "post",
  path: "/team/invitations",
  request: body(z.strictObject({ role: Role, note: z.string().trim().max(200).default("") })),
  responses: {
    201: json(InvitationSchema.extend({ path: z.string() }), "The invitation; open its path within a week, once"),
  },
});
const withdraw = createRoute({ method: "delete", path: "/team/invitations/{id}", request: id, responses: gone });
const accept = createRoute({
  method: "post",
  path: "/team/accept",
  description: "Makes whoever has the code of an invitation a member; needs no token.",
  request: body(z.strictObject({ code: z.string().min(1).max(200), name })),
  responses: {
    201: json(MemberSchema.extend({ key: z.string() }), "The member; the key is told only now"),
    404: json(ErrorSchema, "The invitation is used up or too old"),
  },
});
const leave = createRoute({
  method: "post",
  path: "/team/leave",
  description: "This browser is no member's any more; the key goes on.",
  responses: { 200: json(z.object({ ok: z.literal(true) }), "Left") },
});

/** Members, their roles and keys, and invitations. */
export function teamRoutes({ store }: Pick<Services, "store">) {
  return router()
    .openapi(show, async (c) => {
      const me = memberOfRequest(c.req.raw);
      const [members, invitations] = await Promise.all([listMembers(store), listInvitations(store)]);
      return c.json(
        {
          me: me ? showMember(me) : null,
          members: members.map(showMember),
          invitations: invitations.map(showInvitation),
        },
        200,
      );
    })
    .openapi(make, async (c) => {
      const { member, key } = await addMember(store, c.req.valid("json"));
      return c.json({ ...showMember(member), key }, 201);
    })
    .openapi(change, async (c) => {
      const member = await setMemberRole(store, c.req.valid("param").id, c.req.valid("json").role);
      return c.json(showMember(member), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await removeMember(store, id);
      return c.json({ id }, 200);
    })
    .openapi(ask, async (c) => {
      const { invitation, code } = await invite(store, c.req.valid("json"));
      return c.json({ ...showInvitation(invitation), path: `/join?code=${code}` }, 201);
    })
    .openapi(withdraw, async (c) => {
      const { id } = c.req.valid("param");
      await withdrawInvitation(store, id);
      return c.json({ id }, 200);
    })
    .openapi(accept, async (c) => {
      const { member, key } = await acceptInvitation(store, c.req.valid("json"));
      startMemberSession(c, sessionOf(key));
      return c.json({ ...showMember(member), key }, 201);
    })
    .openapi(leave, (c) => {
      endMemberSession(c);
      return c.json({ ok: true as const }, 200);
    });
}

function showMember({ id, name, role, hint, seenAt, createdAt }: Member) {
  return { id, name, role, hint, seenAt: seenAt?.toISOString() ?? null, createdAt: createdAt.toISOString() };
}

function showInvitation({ id, role, note, expiresAt, createdAt }: Invitation) {
  return { id, role, note, expiresAt: expiresAt.toISOString(), createdAt: createdAt.toISOString() };
}
