import type { ModelAtHandJson } from "@loam/server";
import { Badge, Button, Group, Text, Title } from "@mantine/core";
import { usePullModel, useShelf } from "../../api/models.ts";
import { isSettled, useWork, type Work } from "../../api/work.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./chat.module.css";
import { chatTexts } from "./texts.ts";

/** Models that one click fetches, with licence, size and whether they fit. */
export function Shelf() {
  const { models: texts } = useTexts(chatTexts);
  const shelf = useShelf();
  const work = useWork();
  const pull = usePullModel();
  return (
    <section aria-label={texts.shelf}>
      <Title order={2} size="h4" mt="xl" mb="xs">
        {texts.shelf}
      </Title>
      <Text size="sm" c="dimmed" maw={720} mb="md">
        {texts.shelfIntro}
      </Text>
      {shelf.isError && <InlineError error={shelf.error} onRetry={shelf.refetch} />}
      {pull.isError && <InlineError error={pull.error} />}
      <ul className={styles.shelf}>
        {shelf.data?.map((model) => (
          <ShelfItem
            key={model.name}
            model={model}
            work={work.data?.find(({ kind, name }) => kind === "models.pull" && name === model.name)}
            onPull={() => pull.mutate(model.name)}
          />
        ))}
      </ul>
    </section>
  );
}

function ShelfItem({
  model,
  work,
  onPull,
}: {
  model: ModelAtHandJson;
  /** The newest fetching of it. */
  work: Work | undefined;
  onPull: () => void;
}) {
  const { format } = useI18n();
  const { models: texts } = useTexts(chatTexts);
  const { name, id, role, licence, languages, sizeBytes, here, fitsDisk, fitsMemory, byOllama } = model;
  const open = work && !isSettled(work) ? work : undefined;
  const { done = 0, total } = open?.progress ?? {};
  return (
    <li className={styles.shelfItem}>
      <Group gap="xs" wrap="wrap">
        <Text fw={600}>{name}</Text>
        <Badge variant="light" tt="none">
          {texts.roles[role]}
        </Badge>
        <Text size="sm" c="dimmed">
          {[format.bytes(sizeBytes), licence, languages.map((tag) => texts.languages[tag] ?? tag).join(", ")].join(
            " · ",
          )}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" className={styles.modelId}>
        {id}
        {byOllama && ` · ${texts.byOllama}`}
      </Text>
      <Group gap="sm" mt={6} wrap="nowrap">
        {here && <Text size="sm">{texts.here}</Text>}
        {!here && !open && (
          <Button size="compact-sm" variant="default" onClick={onPull} aria-label={texts.fetchNamed(name)}>
            {texts.fetch}
          </Button>
        )}
        {open && (
          <WorkProgress
            share={total ? done / total : undefined}
            isMoving={open.status === "running"}
            label={texts.fetching(name)}
          />
        )}
        {!here && !open && !(fitsDisk && fitsMemory) && (
          <Text size="sm" c="dimmed">
            {fitsDisk ? texts.noMemory : texts.noDisk}
          </Text>
        )}
      </Group>
      {work?.status === "failed" && !here && (
        <Text size="sm" mt={4} role="status" className={styles.shelfError}>
          {work.error?.message}
        </Text>
      )}
    </li>
  );
}
