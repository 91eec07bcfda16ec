import { Group, Menu, Stack, Text, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useAddToQueue, useQueues } from "../../../api/feedback.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { Judge } from "./judge.tsx";
import { feedbackTexts } from "./texts.ts";

/** Judgements of a step, and the way into a queue for somebody else's. */
export function SpanFeedback({ span }: { span: string }) {
  const texts = useTexts(feedbackTexts);
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text fw={600} size="sm">
          {texts.title}
        </Text>
        <ToQueue span={span} />
      </Group>
      <Judge span={span} />
    </Stack>
  );
}

function ToQueue({ span }: { span: string }) {
  const texts = useTexts(feedbackTexts);
  const queues = useQueues();
  const add = useAddToQueue();
  if (!queues.data) return null;
  return (
    <Group gap="xs">
      {add.isError && <InlineError error={add.error} />}
      {add.data && (
        <Text size="xs" c="dimmed">
          {texts.inQueue(add.data.name)}
        </Text>
      )}
      <Menu>
        <Menu.Target>
          <UnstyledButton fz="sm" td="underline">
            {texts.toQueue}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {queues.data.map(({ id, name }) => (
            <Menu.Item key={id} onClick={() => add.mutate({ id, span })}>
              {name}
            </Menu.Item>
          ))}
          <Menu.Item renderRoot={(props) => <Link to="/traces/queues" {...props} />}>{texts.create}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
