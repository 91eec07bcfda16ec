import type { VideoRunDetailJson, VideoRunEventJson } from "@loam/server";
import { Alert, Button, Container, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError } from "../../../api/client.ts";
import {
  isOpen,
  useCancelVideoRun,
  useDeleteVideoModel,
  useDeleteVideoRun,
  useResumeVideoRun,
  useVideoRun,
} from "../../../api/video-training.ts";
import { ConfirmDialog } from "../../../components/confirm-dialog.tsx";
import { RetryIcon, StopIcon, TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { RunCurves } from "../../tune/run/run-curves.tsx";
import { RunRecipe } from "../../tune/run/run-recipe.tsx";
import { shareDone } from "../../tune/run-row.ts";
import { StatusBadge } from "../../tune/status-badge.tsx";
import styles from "../../tune/tune.module.css";
import { TuneError } from "../../tune/tune-error.tsx";
import { BackToTrainings } from "./back-to-trainings.tsx";
import { SampleWall } from "./sample-wall.tsx";
import { trainTexts } from "./train-texts.ts";

const route = getRouteApi("/video/train/$id");

/** One training: its loss, and beside it the clips that it makes on the way. */
export function TrainingPage() {
  const { id } = route.useParams();
  const run = useVideoRun(id);
  return (
    <Container size="xl" py="xl">
      <BackToTrainings />
      {run.status === "pending" && <ListSkeleton rows={3} height={160} />}
      {run.status === "error" && <InlineError error={run.error} onRetry={run.refetch} />}
      {run.status === "success" && <Training {...run.data} />}
    </Container>
  );
}

function Training({ run, series }: VideoRunEventJson) {
  const texts = useTexts(trainTexts);
  useEffect(() => {
    document.title = `${run.name} · Loam`;
  }, [run.name]);
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
          <Text c="dimmed">{run.data}</Text>
        </div>
        <Actions run={run} />
      </Group>
      <State run={run} />
      <SampleWall run={run} />
      <RunCurves series={series} isOpen={isOpen(run)} />
      <div className={styles.runFoot}>
        <RunRecipe recipe={run.recipe} help={texts.recipeHelp} />
      </div>
    </Stack>
  );
}

function Actions({ run }: { run: VideoRunDetailJson }) {
  const texts = useTexts(trainTexts);
  const { t } = useI18n();
  const navigate = useNavigate();
  const cancel = useCancelVideoRun();
  const resume = useResumeVideoRun();
  const remove = useDeleteVideoRun();
  const removeModel = useDeleteVideoModel();
  const [asking, setAsking] = useState<"run" | "model" | undefined>();
  const { id, name, model, status, isQueued } = run;
  const canResume = isQueued && (status === "failed" || status === "cancelled" || status === "interrupted");
  return (
    <Group gap="xs">
      {model && (
        <Button renderRoot={(props) => <Link to="/video" search={{ model }} {...props} />}>{texts.make}</Button>
      )}
      {canResume && (
        <Button
          leftSection={<RetryIcon />}
          loading={resume.isPending}
          onClick={() => resume.mutate(id)}
          title={t.tune.run.resumeHelp}
        >
          {t.tune.run.resume}
        </Button>
      )}
      {isOpen(run) && isQueued && (
        <Button
          variant="default"
          leftSection={<StopIcon />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate(id)}
        >
          {t.tune.run.cancel}
        </Button>
      )}
      {model && !isOpen(run) && (
        <Button variant="subtle" color="clay" leftSection={<TrashIcon />} onClick={() => setAsking("model")}>
          {texts.deleteModel}
        </Button>
      )}
      {!isOpen(run) && (
        <Button variant="subtle" color="clay" leftSection={<TrashIcon />} onClick={() => setAsking("run")}>
          {t.tune.run.delete}
        </Button>
      )}
      {(cancel.error ?? resume.error) && <TuneError error={cancel.error ?? resume.error} />}
      <ConfirmDialog
        opened={asking === "run"}
        title={t.tune.run.deleteTitle}
        body={texts.deleteBody(name)}
        action={t.common.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(undefined)}
        onConfirm={() => remove.mutate(id, { onSuccess: () => navigate({ to: "/video/train" }) })}
      />
      <ConfirmDialog
        opened={asking === "model"}
        title={texts.deleteModelTitle}
        body={texts.deleteModelBody(model ?? name)}
        action={t.common.delete}
        isPending={removeModel.isPending}
        error={removeModel.error}
        onClose={() => setAsking(undefined)}
        onConfirm={() => removeModel.mutate(model ?? name, { onSuccess: () => setAsking(undefined) })}
      />
    </Group>
  );
}

/** Where the training stands, when that is not simply its end. */
function State({ run }: { run: VideoRunDetailJson }) {
  const { t, format } = useI18n();
  const { status, progress, error } = run;
  if (status === "queued")
    return (
      <Alert color="gray" variant="light" title={t.tune.run.queuedTitle}>
        {t.tune.run.queuedBody}
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
          {progress?.total
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
