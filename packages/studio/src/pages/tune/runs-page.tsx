import type { RunJson } from "@loam/server";
import { Button, Checkbox, Container, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { isOpen, useRuns } from "../../api/tune.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { methodName } from "./method-names.ts";
import { shareDone, shownLoss, toLossText, tookMs } from "./run-row.ts";
import { Sparkline } from "./sparkline.tsx";
import { StatusBadge } from "./status-badge.tsx";
import styles from "./tune.module.css";
import { TuneHeader } from "./tune-header.tsx";

export function RunsPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <TuneHeader title={t.tune.title} intro={t.tune.intro}>
        <NewRunButton />
      </TuneHeader>
      <Runs />
    </Container>
  );
}

function NewRunButton() {
  const { t } = useI18n();
  return (
    <Button renderRoot={(props) => <Link to="/tune/new" {...props} />} leftSection={<PlusIcon />}>
      {t.tune.newRun}
    </Button>
  );
}

function Runs() {
  const { t } = useI18n();
  const runs = useRuns();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (runs.status === "pending") return <ListSkeleton height={92} />;
  if (runs.status === "error") return <InlineError error={runs.error} onRetry={runs.refetch} />;
  if (runs.data.length === 0)
    return (
      <EmptyState title={t.tune.runs.emptyTitle} body={t.tune.runs.emptyBody}>
        <Group mt="sm">
          <NewRunButton />
        </Group>
      </EmptyState>
    );
  const tunes = runs.data.filter(({ kind }) => kind === "tune");
  return (
    <Stack gap="sm">
      {tunes.length > 1 && (
        <Group justify="space-between" mih={36}>
          <Text size="sm" c="dimmed">
            {t.tune.runs.chooseHint}
          </Text>
          {chosen.length > 1 && (
            <Button
              size="compact-md"
              variant="light"
              renderRoot={(props) => <Link to="/tune/compare" search={{ runs: chosen.join(",") }} {...props} />}
            >
              {t.tune.runs.compare(chosen.length)}
            </Button>
          )}
        </Group>
      )}
      <ul className={styles.runs} aria-label={t.tune.runs.list}>
        {runs.data.map((run) => (
          <li key={run.id} className={styles.run}>
            {tunes.length > 1 && (
              <Checkbox
                aria-label={t.tune.runs.choose(run.name)}
                disabled={run.kind !== "tune"}
                checked={chosen.includes(run.id)}
                onChange={() =>
                  setChosen((ids) => (ids.includes(run.id) ? ids.filter((id) => id !== run.id) : [...ids, run.id]))
                }
              />
            )}
            <RunSummary run={run} />
          </li>
        ))}
      </ul>
    </Stack>
  );
}

function RunSummary({ run }: { run: RunJson }) {
  const { t, format } = useI18n();
  const method = run.kind === "pretrain" ? t.tune.smallBase : methodName(run.method, run.quantize);
  return (
    <>
      <div className={styles.runMain}>
        <Group gap="2px 8px">
          <Link to="/tune/runs/$id" params={{ id: run.id }} className={styles.runName}>
            {run.name}
          </Link>
          <StatusBadge status={run.status} />
        </Group>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {[method, run.kind === "tune" && run.base].filter(Boolean).join(" · ")}
        </Text>
        {run.error && run.status === "failed" && (
          <Text size="sm" c="clay" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
            {t.tune.errors[run.error.code] ?? run.error.message}
          </Text>
        )}
      </div>
      <div className={styles.runLine}>
        <Sparkline values={run.sparkline} label={t.tune.runs.lossLine(run.name)} />
        <Text size="sm" className={styles.number}>
          {toLossText(shownLoss(run))}
        </Text>
      </div>
      <div className={styles.runState}>
        {isOpen(run) ? <RunProgress run={run} /> : null}
        <Text size="sm" c="dimmed">
          {isOpen(run) ? (
            run.progress?.etaMs !== undefined && run.progress.task !== "download" ? (
              t.tune.runs.eta(format.duration(run.progress.etaMs))
            ) : (
              t.tune.status[run.status]
            )
          ) : (
            <time dateTime={run.createdAt} title={format.dateTime(run.createdAt)}>
              {format.ago(run.createdAt)}
            </time>
          )}
        </Text>
        {!isOpen(run) && run.startedAt && (
          <Text size="sm" c="dimmed">
            {t.tune.runs.took(format.duration(tookMs(run)))}
          </Text>
        )}
      </div>
    </>
  );
}

function RunProgress({ run }: { run: RunJson }) {
  const { t } = useI18n();
  return (
    <WorkProgress
      share={shareDone(run)}
      isMoving={run.status === "running"}
      label={`${t.tune.run.progressLabel}: ${run.name}`}
    />
  );
}
