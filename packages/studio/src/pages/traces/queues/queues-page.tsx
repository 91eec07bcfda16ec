import { ActionIcon, Button, Card, Container, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useCreateQueue, useQueues, useRemoveQueue } from "../../../api/feedback.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { feedbackTexts } from "../feedback/texts.ts";
import { TracesHeader } from "../traces-header.tsx";

export function QueuesPage() {
  const texts = useTexts(feedbackTexts);
  const queues = useQueues();
  const remove = useRemoveQueue();
  return (
    <Container size="lg" py="xl">
      <TracesHeader />
      <Stack gap="lg">
        <Text c="dimmed" maw={720}>
          {texts.queuesIntro}
        </Text>
        <NewQueue />
        {queues.status === "pending" && <ListSkeleton rows={2} height={72} />}
        {queues.status === "error" && <InlineError error={queues.error} onRetry={queues.refetch} />}
        {queues.data?.length === 0 && <EmptyState title={texts.noQueues} body={texts.noQueuesBody} />}
        {remove.isError && <InlineError error={remove.error} />}
        {queues.data?.map(({ id, name, description, waiting, done }) => (
          <Card key={id} withBorder>
            <Group justify="space-between" wrap="nowrap">
              <Stack gap={2} style={{ minWidth: 0 }}>
                <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
                  {name}
                </Title>
                {description && <Text size="sm">{description}</Text>}
                <Text size="sm" c="dimmed">
                  {texts.waiting(waiting)}, {texts.done(done)}
                </Text>
              </Stack>
              <Group gap="xs" wrap="nowrap">
                <Button
                  variant={waiting > 0 ? "filled" : "default"}
                  renderRoot={(props) => <Link to="/traces/queues/$id" params={{ id }} {...props} />}
                >
                  {texts.open}
                </Button>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={texts.removeQueue(name)}
                  onClick={() => remove.mutate(id)}
                >
                  <TrashIcon />
                </ActionIcon>
              </Group>
            </Group>
          </Card>
        ))}
      </Stack>
    </Container>
  );
}

function NewQueue() {
  const texts = useTexts(feedbackTexts);
  const create = useCreateQueue();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ name: name.trim(), description: description.trim() || null }, { onSuccess: () => setName("") });
      }}
    >
      <Group align="flex-end">
        <TextInput label={texts.name} value={name} onChange={(event) => setName(event.currentTarget.value)} required />
        <TextInput
          flex="1 1 240px"
          label={texts.description}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
          {texts.create}
        </Button>
      </Group>
      {create.isError && <InlineError error={create.error} />}
    </form>
  );
}
