import { Anchor, Button, Container, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { getRouteApi, Link } from "@tanstack/react-router";
import { thumbKey, useJudge, useQueueItems, useQueues, useSettleItem } from "../../../api/feedback.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { Judge } from "../feedback/judge.tsx";
import { feedbackTexts } from "../feedback/texts.ts";
import { toReadable } from "../span-row.ts";
import styles from "../traces.module.css";
import { TracesHeader } from "../traces-header.tsx";

const route = getRouteApi("/traces/queues/$id");

/** One step after the other, judged by hand or by keys. */
export function QueuePage() {
  const texts = useTexts(feedbackTexts);
  const { id } = route.useParams();
  const items = useQueueItems(id);
  const queue = useQueues().data?.find((each) => each.id === id);
  return (
    <Container size="lg" py="xl">
      <TracesHeader />
      {queue && (
        <Stack gap={4} mb="md">
          <Group justify="space-between">
            <Title order={2}>{queue.name}</Title>
            <Text c="dimmed">{texts.progress(queue.done, queue.done + queue.waiting)}</Text>
          </Group>
          {queue.description && <Text>{queue.description}</Text>}
          <Progress aria-label={queue.name} value={(100 * queue.done) / Math.max(1, queue.done + queue.waiting)} />
        </Stack>
      )}
      {items.status === "pending" && <ListSkeleton rows={2} height={120} />}
      {items.status === "error" && <InlineError error={items.error} onRetry={items.refetch} />}
      {items.data?.length === 0 && <EmptyState title={texts.empty} body={texts.emptyBody} />}
      {items.data?.[0] && <Item key={items.data[0].span} queue={id} item={items.data[0]} />}
    </Container>
  );
}

type QueueItem = NonNullable<ReturnType<typeof useQueueItems>["data"]>[number];

function Item({ queue, item: { span, trace, name, input, output } }: { queue: string; item: QueueItem }) {
  const texts = useTexts(feedbackTexts);
  const settle = useSettleItem(queue);
  const judge = useJudge();
  const next = () => settle.mutate({ span, is: "done" });
  const thumb = (score: number) => judge.mutate({ span, key: thumbKey, score });
  useHotkeys([
    ["1", () => thumb(1)],
    ["0", () => thumb(0)],
    ["Enter", next],
  ]);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={3}>{name ?? texts.gone}</Title>
        {trace && (
          <Anchor size="sm" renderRoot={(props) => <Link to="/traces/$id" params={{ id: trace }} {...props} />}>
            {texts.openTrace}
          </Anchor>
        )}
      </Group>
      {[
        [texts.input, input],
        [texts.output, output],
      ].map(
        ([title, value]) =>
          value !== null &&
          value !== undefined && (
            <Stack key={String(title)} gap={4}>
              <Text fw={600} size="sm">
                {String(title)}
              </Text>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
              <pre className={styles.value} tabIndex={0}>
                {toReadable(value)}
              </pre>
            </Stack>
          ),
      )}
      {trace && <Judge span={span} />}
      {judge.isError && <InlineError error={judge.error} />}
      {settle.isError && <InlineError error={settle.error} />}
      <Group>
        <Button onClick={next} loading={settle.isPending}>
          {texts.next}
        </Button>
        <Button variant="default" onClick={() => settle.mutate({ span, is: "remove" })}>
          {texts.skip}
        </Button>
        <Text size="sm" c="dimmed">
          {texts.keys}
        </Text>
      </Group>
    </Stack>
  );
}
