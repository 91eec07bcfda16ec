import { Alert, Button, Group, Text } from "@mantine/core";
import { useRefresh, useRefreshable } from "../../api/refresh.ts";
import { isSettled, useWork } from "../../api/work.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** Offers to describe figures that were read before there was a vision model; nothing where there are none, or no model. */
export function RefreshOffer() {
  const { t } = useI18n();
  const { data } = useRefreshable();
  const work = useWork();
  const refresh = useRefresh();
  if (!data || data.figures === 0 || data.model === null) return null;
  const open = work.data?.find((one) => one.kind === "library.refresh" && !isSettled(one));
  const { done = 0, total } = open?.progress ?? {};
  return (
    <Alert variant="light" color="water" mb="md" title={t.library.refreshTitle(data.figures)}>
      <Group justify="space-between" wrap="wrap">
        <Text size="sm" flex="1 1 320px">
          {t.library.refreshBody(data.model)}
        </Text>
        {open ? (
          <WorkProgress
            share={total ? done / total : undefined}
            isMoving={open.status === "running"}
            label={t.library.refreshing}
          />
        ) : (
          <Button size="compact-md" variant="default" loading={refresh.isPending} onClick={() => refresh.mutate()}>
            {t.library.refresh}
          </Button>
        )}
      </Group>
      {refresh.isError && <InlineError error={refresh.error} />}
    </Alert>
  );
}
