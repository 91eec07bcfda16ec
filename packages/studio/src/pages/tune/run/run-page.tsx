import type { RunDetailJson, RunEventJson } from "@loam/server";
import { Alert, Button, Container, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError } from "../../../api/client.ts";
import { adapterDownloadUrl, isOpen, useCancelRun, useDeleteRun, useResumeRun, useRun } from "../../../api/tune.ts";
import { ConfirmDialog } from "../../../components/confirm-dialog.tsx";
import { ChatIcon, DownloadIcon, RetryIcon, StopIcon, TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { BackToRuns } from "../back-to-runs.tsx";
import { methodName } from "../method-names.ts";
import { shareDone } from "../run-row.ts";
import { StatusBadge } from "../status-badge.tsx";
import styles from "../tune.module.css";
import { TuneError } from "../tune-error.tsx";
import { RunCurves } from "./run-curves.tsx";
import { RunFacts } from "./run-facts.tsx";
import { RunRecipe } from "./run-recipe.tsx";
import { RunSamples } from "./run-samples.tsx";

const route = getRouteApi("/tune/runs/$id");

export function RunPage() {
  const { id } = route.useParams();
  const run = useRun(id);
  return (
    <Container size="lg" py="xl">
      <BackToRuns />
      {run.status === "pending" && <ListSkeleton rows={3} height={160} />}
      {run.status === "error" && <InlineError error={run.error} onRetry={run.refetch} />}
      {run.status === "success" && <Run {...run.data} />}
    </Container>
  );
}

function Run({ run, series }: RunEventJson) {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${run.name} · Loam`;
  }, [run.name]);
  const kind = run.kind === "pretrain" ? t.tune.smallBase : methodName(run.method, run.quantize);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <div style={{ flex: "1 1 18rem", minWidth: 0 }}>
          <Group gap="sm">
            <Title order={1} style={{ overflowWrap: "anywhere" }}>
              {run.name}
            </Title>
            <StatusBadge status={run.status} />
          </Group>
          <Text c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {[kind, run.kind === "tune" && run.base].filter(Boolean).join(" · ")}
          </Text>
        </div>
        <Actions run={run} />
      </Group>
      <State run={run} />
      <RunCurves series={series} isOpen={isOpen(run)} />
      {run.kind === "tune" && <RunSamples run={run} />}
      <div className={styles.runFoot}>
        <RunFacts run={run} />
        {run.kind === "tune" && <RunRecipe recipe={run.recipe} exports />}
      </div>
    </Stack>
  );
}

function Actions({ run }: { run: RunDetailJson }) {
  const { t } = useI18n();
  const cancel = useCancelRun();
  const resume = useResumeRun();
  const remove = useDeleteRun();
  const navigate = route.useNavigate();
  const [asking, setAsking] = useState(false);
  const canResume =
    run.isQueued && (run.status === "failed" || run.status === "cancelled" || run.status === "interrupted");
  return (
    <Group gap="xs">
      {run.adapter && run.base && (
        <Button
          leftSection={<ChatIcon />}
          renderRoot={(props) => (
            <Link to="/tune/chat" search={{ base: run.base!, adapters: run.adapter! }} {...props} />
          )}
        >
          {t.tune.run.chat}
        </Button>
      )}
      {run.adapter && (
        <Button
          component="a"
          href={adapterDownloadUrl(run.adapter)}
          download
          variant="default"
          leftSection={<DownloadIcon />}
        >
          {t.tune.run.download}
        </Button>
      )}
      {canResume && (
        <Button
          leftSection={<RetryIcon />}
          loading={resume.isPending}
          onClick={() => resume.mutate(run.id)}
          title={t.tune.run.resumeHelp}
        >
          {t.tune.run.resume}
        </Button>
      )}
      {isOpen(run) && run.isQueued && (
        <Button
          variant="default"
          leftSection={<StopIcon />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate(run.id)}
        >
          {t.tune.run.cancel}
        </Button>
      )}
      {!isOpen(run) && run.kind === "tune" && (
        <Button variant="default" renderRoot={(props) => <Link to="/tune/new" search={{ like: run.id }} {...props} />}>
          {t.tune.run.again}
        </Button>
      )}
      {!isOpen(run) && (
        <Button variant="subtle" color="clay" leftSection={<TrashIcon />} onClick={() => setAsking(true)}>
          {t.tune.run.delete}
        </Button>
      )}
      {(cancel.error ?? resume.error) && <TuneError error={cancel.error ?? resume.error} />}
      <ConfirmDialog
        opened={asking}
        title={t.tune.run.deleteTitle}
        body={t.tune.run.deleteBody(run.name)}
        action={t.common.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate(run.id, { onSuccess: () => navigate({ to: "/tune" }) })}
      />
    </Group>
  );
}

/** Where the run stands, when that is not simply its end. */
function State({ run }: { run: RunDetailJson }) {
  const { t, format } = useI18n();
  const { status, progress, error } = run;
  if (status === "queued")
    return (
      <Alert color="gray" variant="light" title={t.tune.run.queuedTitle}>
        {t.tune.run.queuedBody}
      </Alert>
    );
  if (status === "interrupted")
    return (
      <Alert color="clay" variant="light" title={t.tune.run.interruptedTitle}>
        {t.tune.run.interruptedBody}
      </Alert>
    );
  if (status === "failed" && error)
    return (
      <TuneError
        error={new ApiError(error.message, { status: 400, code: error.code })}
        title={t.tune.errors[error.code] ?? t.tune.run.failedTitle}
      />
    );
  if (status !== "running") return null;
  const share = shareDone(run);
  return (
    <div role="status">
      <Progress
        value={100 * (share ?? 1)}
        animated={share === undefined}
        color={share === undefined ? "gray" : "water"}
        size="lg"
        aria-label={t.tune.run.progressLabel}
      />
      <Group justify="space-between" mt={6}>
        <Text size="sm">
          {progress?.total && share !== undefined && progress.unit === "step"
            ? t.tune.runs.step(format.integer(progress.done), format.integer(progress.total))
            : t.tune.runs.preparing}
        </Text>
        <Text size="sm" c="dimmed">
          {progress?.etaMs !== undefined && t.tune.runs.eta(format.duration(progress.etaMs))}
        </Text>
      </Group>
    </div>
  );
}
