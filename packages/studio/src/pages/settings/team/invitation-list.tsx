import { ActionIcon, Group, Stack, Text } from "@mantine/core";
import { type useTeam, useWithdraw } from "../../../api/team.ts";
import { TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { teamTexts } from "./texts.ts";

type Invitations = NonNullable<ReturnType<typeof useTeam>["data"]>["invitations"];

export function InvitationList({ invitations, mayChange }: { invitations: Invitations; mayChange: boolean }) {
  const { format } = useI18n();
  const texts = useTexts(teamTexts);
  const withdraw = useWithdraw();
  return (
    <Stack gap="xs">
      {withdraw.isError && <InlineError error={withdraw.error} />}
      {invitations.map(({ id, role, note, expiresAt }) => (
        <Group key={id} gap="sm">
          <Text>{note || "–"}</Text>
          <Text c="dimmed" size="sm">
            {texts.roles[role]}, {texts.expires(format.dateTime(expiresAt))}
          </Text>
          {mayChange && (
            <ActionIcon
              variant="subtle"
              color="gray"
              loading={withdraw.isPending && withdraw.variables === id}
              onClick={() => withdraw.mutate(id)}
              aria-label={texts.withdraw(note)}
            >
              <TrashIcon />
            </ActionIcon>
          )}
        </Group>
      ))}
    </Stack>
  );
}
