import { ActionIcon, Button, Code, Container, Group, MultiSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Scope, scopes, useCreateKey, useKeys, useRemoveKey } from "../../api/keys.ts";
import { ConfirmDialog } from "../../components/confirm-dialog.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { TrashIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { ChatHeader } from "./chat-header.tsx";
import { chatTexts } from "./texts.ts";

/** Keys for programs: made, listed and removed. A secret is shown once. */
export function KeysPage() {
  const { keys: texts } = useTexts(chatTexts);
  const keys = useKeys();
  return (
    <Container size="lg" py="xl">
      <ChatHeader />
      <Stack gap="lg">
        <Text c="dimmed" maw={720}>
          {texts.intro}
        </Text>
        <NewKey />
        {keys.status === "pending" && <ListSkeleton rows={3} height={48} />}
        {keys.status === "error" && <InlineError error={keys.error} onRetry={keys.refetch} />}
        {keys.data?.length === 0 && <EmptyState title={texts.emptyTitle} />}
        {keys.data && keys.data.length > 0 && <KeyTable keys={keys.data} />}
      </Stack>
    </Container>
  );
}

function NewKey() {
  const { keys: texts } = useTexts(chatTexts);
  const create = useCreateKey();
  const [name, setName] = useState("");
  const [project, setProject] = useState("");
  const [allowed, setAllowed] = useState<string[]>([]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { name: name.trim(), project: project.trim(), scopes: allowed as Scope[] },
          { onSuccess: () => setName("") },
        );
      }}
    >
      <Stack gap="sm">
        <Group align="flex-end">
          <TextInput
            label={texts.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
          />
          <TextInput
            label={texts.project}
            value={project}
            onChange={(event) => setProject(event.currentTarget.value)}
          />
          <MultiSelect
            label={texts.scopes}
            placeholder={allowed.length === 0 ? texts.everything : undefined}
            data={[...scopes]}
            value={allowed}
            onChange={setAllowed}
            miw={220}
          />
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
            {texts.create}
          </Button>
        </Group>
        {create.isError && <InlineError error={create.error} />}
        {create.data && <SecretOnce title={texts.created} secret={create.data.secret} />}
      </Stack>
    </form>
  );
}

type Keys = NonNullable<ReturnType<typeof useKeys>["data"]>;

function KeyTable({ keys }: { keys: Keys }) {
  const { format } = useI18n();
  const { keys: texts } = useTexts(chatTexts);
  const remove = useRemoveKey();
  const [leaving, setLeaving] = useState<Keys[number]>();
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table aria-label={texts.list}>
        <Table.Thead>
          <Table.Tr>
            {[texts.name, texts.key, texts.project, texts.scopes, texts.made].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id}>
              <Table.Td>{key.name}</Table.Td>
              <Table.Td>
                <Code>{key.hint}</Code>
              </Table.Td>
              <Table.Td>{key.project || "–"}</Table.Td>
              <Table.Td>{key.scopes.length === 0 ? texts.everything : key.scopes.join(", ")}</Table.Td>
              <Table.Td>{format.ago(key.createdAt)}</Table.Td>
              <Table.Td>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  onClick={() => setLeaving(key)}
                  aria-label={texts.remove(key.name)}
                >
                  <TrashIcon />
                </ActionIcon>
              </Table.Td>
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
