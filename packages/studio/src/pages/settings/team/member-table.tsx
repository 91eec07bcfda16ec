import { ActionIcon, Code, Select, Table, Text } from "@mantine/core";
import { useState } from "react";
import { type TeamRole, teamRoles, useRemoveMember, useSetRole, type useTeam } from "../../../api/team.ts";
import { ConfirmDialog } from "../../../components/confirm-dialog.tsx";
import { EmptyState } from "../../../components/empty-state.tsx";
import { TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { teamTexts } from "./texts.ts";

type Members = NonNullable<ReturnType<typeof useTeam>["data"]>["members"];

/** Who works here; an owner changes roles and takes keys away. */
export function MemberTable({ members, mayChange }: { members: Members; mayChange: boolean }) {
  const { format } = useI18n();
  const texts = useTexts(teamTexts);
  const setRole = useSetRole();
  const remove = useRemoveMember();
  const [leaving, setLeaving] = useState<Members[number]>();
  if (members.length === 0) return <EmptyState title={texts.noMembers} body={texts.noMembersBody} />;
  return (
    <Table.ScrollContainer minWidth={520}>
      {setRole.isError && <InlineError error={setRole.error} />}
      <Table aria-label={texts.members}>
        <Table.Thead>
          <Table.Tr>
            {[texts.name, texts.role, texts.key, texts.seen].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            {mayChange && <Table.Td />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.map((member) => (
            <Table.Tr key={member.id}>
              <Table.Td>{member.name}</Table.Td>
              <Table.Td>
                {mayChange ? (
                  <Select
                    aria-label={texts.roleOf(member.name)}
                    data={teamRoles.map((value) => ({ value, label: texts.roles[value] }))}
                    value={member.role}
                    onChange={(role) => role && setRole.mutate({ id: member.id, role: role as TeamRole })}
                    allowDeselect={false}
                    w={140}
                  />
                ) : (
                  texts.roles[member.role]
                )}
              </Table.Td>
              <Table.Td>
                <Code>{member.hint}…</Code>
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {member.seenAt ? format.ago(member.seenAt) : texts.never}
                </Text>
              </Table.Td>
              {mayChange && (
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    onClick={() => setLeaving(member)}
                    aria-label={texts.remove(member.name)}
                  >
                    <TrashIcon />
                  </ActionIcon>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <ConfirmDialog
        opened={leaving !== undefined}
        title={texts.removeTitle}
        body={texts.removeBody(leaving?.name ?? "")}
        action={texts.removeAction}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => leaving && remove.mutate(leaving.id, { onSuccess: () => setLeaving(undefined) })}
      />
    </Table.ScrollContainer>
  );
}
