import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { isSettled, useForgetWork, useRetryWork, useWork } from "../../api/work.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { trayTexts } from "./texts.ts";
import styles from "./tray.module.css";
import { WorkItem } from "./work-item.tsx";

/** Everything that is being worked on, over whatever page is open. */
export default function Tray({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const texts = useTexts(trayTexts);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={440}
      title={texts.title}
      closeButtonProps={{ "aria-label": t.common.close }}
    >
      <Text size="sm" c="dimmed" mb="md">
        {texts.intro}
      </Text>
      <Lists onClose={onClose} />
    </Drawer>
  );
}

function Lists({ onClose }: { onClose: () => void }) {
  const texts = useTexts(trayTexts);
  const work = useWork();
  const forget = useForgetWork();
  const retry = useRetryWork();
  if (work.status === "pending") return <ListSkeleton rows={3} height={72} />;
  if (work.status === "error") return <InlineError error={work.error} onRetry={work.refetch} />;
  const open = work.data.filter((one) => !isSettled(one));
  const settled = work.data.filter(isSettled);
  return (
    <Stack gap="lg">
      <section>
        <Title order={3} mb={6}>
          {texts.open}
        </Title>
        {open.length === 0 ? (
          <>
            <Text>{texts.empty}</Text>
            <Text size="sm" c="dimmed">
              {texts.emptyBody}
            </Text>
          </>
        ) : (
          <ul className={styles.list} aria-label={texts.open}>
            {open.map((one) => (
              <WorkItem key={one.id} work={one} onClose={onClose} />
            ))}
          </ul>
        )}
      </section>
      {settled.length > 0 && (
        <section>
          <Group justify="space-between" mb={6}>
            <Title order={3}>{texts.settled}</Title>
            {settled.some(({ status }) => status === "failed") && (
              <Button size="compact-xs" variant="subtle" loading={retry.isPending} onClick={() => retry.mutate()}>
                {texts.retry}
              </Button>
            )}
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              loading={forget.isPending}
              onClick={() => forget.mutate(settled.map(({ id }) => id))}
            >
              {texts.forget}
            </Button>
          </Group>
          <ul className={styles.list} aria-label={texts.settled}>
            {settled.map((one) => (
              <WorkItem key={one.id} work={one} onClose={onClose} />
            ))}
          </ul>
        </section>
      )}
    </Stack>
  );
}
