import type { VideoRunJson } from "@loam/server";
import { Button, Container, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { isOpen, useVideoRuns } from "../../../api/video-training.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { PlusIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { WorkProgress } from "../../../components/work-progress.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { shareDone, shownLoss, toLossText, tookMs } from "../../tune/run-row.ts";
import { Sparkline } from "../../tune/sparkline.tsx";
import { StatusBadge } from "../../tune/status-badge.tsx";
import styles from "../../tune/tune.module.css";
import { VideoHeader } from "../video-header.tsx";
import { trainTexts } from "./train-texts.ts";

/** Trainings of video models, newest first. */
export function TrainingsPage() {
  const texts = useTexts(trainTexts);
  const runs = useVideoRuns();
  return (
    <Container size="xl" py="xl">
      <VideoHeader />
      <Group justify="space-between" mb="md">
        <Text c="dimmed">{texts.intro}</Text>
        <NewButton />
      </Group>
      {runs.status === "pending" && <ListSkeleton height={92} />}
      {runs.status === "error" && <InlineError error={runs.error} onRetry={runs.refetch} />}
      {runs.data?.length === 0 && (
        <EmptyState title={texts.emptyTitle} body={texts.emptyBody}>
          <NewButton />
        </EmptyState>
      )}
      {runs.data && runs.data.length > 0 && (
        <ul className={styles.runs} aria-label={texts.list}>
          {runs.data.map((run) => (
            <li key={run.id} className={styles.run}>
              <Row run={run} />
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}

function NewButton() {
  const texts = useTexts(trainTexts);
  return (
    <Button renderRoot={(props) => <Link to="/video/train/new" {...props} />} leftSection={<PlusIcon />}>
      {texts.new}
    </Button>
  );
}

function Row({ run }: { run: VideoRunJson }) {
  const { t, format } = useI18n();
  return (
    <>
      <div className={styles.runMain}>
        <Group gap="2px 8px">
          <Link to="/video/train/$id" params={{ id: run.id }} className={styles.runName}>
            {run.name}
          </Link>
          <StatusBadge status={run.status} />
        </Group>
        <Text size="sm" c="dimmed">
          {run.data}
        </Text>
        {run.error && run.status === "failed" && (
          <Text size="sm" c="clay" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
            {run.error.message}
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
        {isOpen(run) && (
          <WorkProgress
            share={shareDone(run)}
            isMoving={run.status === "running"}
            label={`${t.tune.run.progressLabel}: ${run.name}`}
          />
        )}
        <Text size="sm" c="dimmed">
          {isOpen(run)
            ? run.progress?.etaMs === undefined
              ? t.tune.status[run.status]
              : t.tune.runs.eta(format.duration(run.progress.etaMs))
            : format.ago(run.createdAt)}
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
