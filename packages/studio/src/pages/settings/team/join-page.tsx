import { Button, Container, Group, Stack, TextInput } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useJoin } from "../../../api/team.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { SecretOnce } from "../../../components/secret-once.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { teamTexts } from "./texts.ts";

const route = getRouteApi("/join");

/** What the link of an invitation opens. */
export function JoinPage() {
  const texts = useTexts(teamTexts);
  const { code } = route.useSearch();
  const join = useJoin();
  const [name, setName] = useState("");
  if (join.data)
    return (
      <Container size="sm" py="xl">
        <PageHeader title={texts.joined(join.data.name, texts.roles[join.data.role])} intro={texts.joinedBody} />
        <Stack>
          <SecretOnce title={texts.key} secret={join.data.key} />
          <Group>
            <Button component={Link} to="/traces">
              {texts.go}
            </Button>
          </Group>
        </Stack>
      </Container>
    );
  return (
    <Container size="sm" py="xl">
      <PageHeader title={texts.joinTitle} intro={texts.joinBody} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          join.mutate({ code, name: name.trim() });
        }}
      >
        <Stack>
          <TextInput
            label={texts.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            autoFocus
          />
          <Group>
            <Button type="submit" loading={join.isPending} disabled={name.trim() === "" || code === ""}>
              {texts.joinAction}
            </Button>
          </Group>
          {join.isError && <InlineError error={join.error} />}
        </Stack>
      </form>
    </Container>
  );
}
