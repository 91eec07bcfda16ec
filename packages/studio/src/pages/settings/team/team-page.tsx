import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useAddMember, useInvite, useLeave, useTeam } from "../../../api/team.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { InvitationList } from "./invitation-list.tsx";
import { MemberTable } from "./member-table.tsx";
import { NewMember } from "./new-member.tsx";
import { SettingsHeader } from "./settings-header.tsx";
import { teamTexts } from "./texts.ts";

/** Members, their roles and keys, and invitations. */
export function TeamPage() {
  const texts = useTexts(teamTexts);
  const team = useTeam();
  return (
    <Container size="lg" py="xl">
      <SettingsHeader intro={texts.intro} />
      {team.status === "pending" && <ListSkeleton rows={3} height={48} />}
      {team.status === "error" && <InlineError error={team.error} onRetry={team.refetch} />}
      {team.data && <Team team={team.data} />}
    </Container>
  );
}

function Team({ team: { me, members, invitations } }: { team: NonNullable<ReturnType<typeof useTeam>["data"]> }) {
  const texts = useTexts(teamTexts);
  const leave = useLeave();
  const invite = useInvite();
  const add = useAddMember();
  const mayChange = me === null || me.role === "owner";
  return (
    <Stack gap="xl">
      {me && (
        <Group>
          <Text>{texts.you(me.name, texts.roles[me.role])}</Text>
          <Button
            size="compact-sm"
            variant="default"
            title={texts.leaveHelp}
            loading={leave.isPending}
            onClick={() => leave.mutate(undefined, { onSuccess: () => location.reload() })}
          >
            {texts.leave}
          </Button>
        </Group>
      )}
      <section>
        <Title order={2} mb="sm">
          {texts.members}
        </Title>
        <MemberTable members={members} mayChange={mayChange} />
      </section>
      {invitations.length > 0 && (
        <section>
          <Title order={2} mb="sm">
            {texts.invitations}
          </Title>
          <InvitationList invitations={invitations} mayChange={mayChange} />
        </section>
      )}
      {mayChange && (
        <>
          <NewMember
            title={texts.inviteTitle}
            label={texts.inviteNote}
            action={texts.inviteAction}
            error={invite.error}
            isPending={invite.isPending}
            onMake={(note, role) => invite.mutate({ note, role })}
            made={invite.data && { title: texts.inviteLink, secret: location.origin + invite.data.path }}
          />
          <NewMember
            title={texts.addTitle}
            label={texts.addName}
            action={texts.addAction}
            error={add.error}
            isPending={add.isPending}
            onMake={(name, role) => add.mutate({ name, role })}
            made={add.data && { title: texts.addedKey, secret: add.data.key }}
            isNameNeeded
          />
        </>
      )}
    </Stack>
  );
}
