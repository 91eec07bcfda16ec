import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { type TeamRole, teamRoles } from "../../../api/team.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { SecretOnce } from "../../../components/secret-once.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { teamTexts } from "./texts.ts";

/** A name and a role, from which a link or a key is made. */
export function NewMember({
  title,
  label,
  action,
  error,
  isPending,
  onMake,
  made,
  isNameNeeded = false,
}: {
  title: string;
  label: string;
  action: string;
  error: Error | null;
  isPending: boolean;
  onMake: (name: string, role: TeamRole) => void;
  made?: { title: string; secret: string };
  isNameNeeded?: boolean;
}) {
  const texts = useTexts(teamTexts);
  const [name, setName] = useState("");
  const [role, setRole] = useState<TeamRole>("viewer");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onMake(name.trim(), role);
      }}
    >
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        <Group align="flex-end">
          <TextInput
            label={label}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required={isNameNeeded}
            miw={240}
          />
          <Select
            label={texts.role}
            data={teamRoles.map((value) => ({ value, label: texts.roles[value] }))}
            value={role}
            onChange={(value) => setRole((value as TeamRole | null) ?? "viewer")}
            allowDeselect={false}
          />
          <Button type="submit" loading={isPending} disabled={isNameNeeded && name.trim() === ""}>
            {action}
          </Button>
        </Group>
        <Text c="dimmed" size="sm">
          {texts.roles[role]}: {texts.roleHelp[role]}
        </Text>
        {error && <InlineError error={error} />}
        {made && <SecretOnce title={made.title} secret={made.secret} />}
      </Stack>
    </form>
  );
}
