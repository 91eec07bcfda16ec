import type { EvaluationJson } from "@loam/server";
import { Alert, Button, Container, Group, Menu, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { reportUrl, useDeleteEvaluation, useEvaluation } from "../../../api/evaluations.ts";
import { useChangeWork } from "../../../api/work.ts";
import { ConfirmDialog } from "../../../components/confirm-dialog.tsx";
import { BackIcon, TrashIcon, UploadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { Progression } from "../evaluations-page.tsx";
import { type EvaluationSearch, readEvaluationSearch } from "../evaluations-search.ts";
import { MatrixView } from "../matrix/matrix-view.tsx";
import { CompareView } from "./compare-view.tsx";
import { SystemsView } from "./systems-view.tsx";

const route = getRouteApi("/evaluations/$id");

export function EvaluationPage() {
  const { t } = useI18n();
  const { id } = route.useParams();
  const run = useEvaluation(id);
  return (
    <Container size="lg" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/evaluations" {...props} />}
        mb="sm"
      >
        {t.measure.runs.all}
      </Button>
      {run.status === "pending" && <ListSkeleton rows={4} height={80} />}
      {run.status === "error" && <InlineError error={run.error} onRetry={run.refetch} />}
      {run.status === "success" && <RunView run={run.data} />}
    </Container>
  );
}

function RunView({ run }: { run: EvaluationJson }) {
  const { t, format } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: EvaluationSearch | Record<string, string | undefined>) =>
    navigate({ search: (old) => readEvaluationSearch({ ...old, ...next }), replace: true, resetScroll: false });
  const view = search.view ?? "systems";
  const words = t.measure.runs;
  useEffect(() => {
    document.title = `${run.name} · Loam`;
  }, [run.name]);
  const reused = run.resumedCells + run.cachedCells;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <div style={{ minWidth: 0 }}>
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {run.name}
          </Title>
          <Text c="dimmed" size="sm">
            {[
              format.dateTime(run.startedAt),
              words.facts(format.integer(run.dataset.rows), run.dataset.name.split("/").at(-1)!),
              reused > 0 && words.reused(format.integer(reused)),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </div>
        <Group gap="xs">
          {run.state === "finished" && <Export id={run.id} />}
          {run.state !== "running" && run.state !== "queued" && <Delete run={run} />}
        </Group>
      </Group>
      {run.state === "finished" ? (
        <>
          <Group>
            <SegmentedControl
              aria-label={words.view}
              value={view}
              onChange={(next) => change({ view: next === "systems" ? undefined : next })}
              data={(["systems", "rows", "compare"] as const).map((value) => ({ value, label: words.views[value] }))}
            />
          </Group>
          {view === "systems" && <SystemsView run={run} />}
          {view === "rows" && <MatrixView run={run} search={search} onChange={change} />}
          {view === "compare" && <CompareView run={run} search={search} onChange={change} />}
        </>
      ) : (
        <Unfinished run={run} />
      )}
    </Stack>
  );
}

/** How far it is, and what can be done about it. */
function Unfinished({ run }: { run: EvaluationJson }) {
  const { t } = useI18n();
  const change = useChangeWork();
  const words = t.measure.runs;
  const { state, work } = run;
  const isMoving = state === "running" || state === "queued";
  const help = {
    running: words.runningHelp,
    queued: words.runningHelp,
    failed: words.failedHelp,
    stopped: words.stoppedHelp,
  };
  return (
    <Alert color={isMoving ? "water" : "clay"} variant="light" title={words.states[state]}>
      <Stack gap="sm" maw={520}>
        <Text size="sm">{state === "finished" ? "" : help[state]}</Text>
        {run.error !== null && <Text size="sm">{run.error}</Text>}
        <Progression run={run} />
        {work !== null && (
          <Button
            variant="default"
            size="xs"
            style={{ alignSelf: "flex-start" }}
            loading={change.isPending}
            onClick={() => change.mutate({ id: work, change: isMoving ? "cancel" : "resume" })}
          >
            {isMoving ? words.cancel : words.resume}
          </Button>
        )}
        {change.isError && <InlineError error={change.error} />}
      </Stack>
    </Alert>
  );
}

function Delete({ run }: { run: EvaluationJson }) {
  const { t } = useI18n();
  const words = t.measure.runs;
  const navigate = useNavigate();
  const remove = useDeleteEvaluation();
  const [asks, setAsks] = useState(false);
  return (
    <>
      <Button variant="subtle" color="gray" leftSection={<TrashIcon />} onClick={() => setAsks(true)}>
        {words.delete}
      </Button>
      <ConfirmDialog
        opened={asks}
        title={words.deleteTitle}
        body={words.deleteBody(run.name)}
        action={words.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setAsks(false)}
        onConfirm={() => remove.mutate(run.id, { onSuccess: () => void navigate({ to: "/evaluations" }) })}
      />
    </>
  );
}

function Export({ id }: { id: string }) {
  const { t } = useI18n();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<UploadIcon style={{ transform: "rotate(180deg)" }} />}>
          {t.measure.runs.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["csv", "json", "markdown", "html"] as const).map((format) => (
          <Menu.Item key={format} component="a" href={reportUrl(id, format)} download>
            {{ csv: "CSV", json: "JSON", markdown: "Markdown", html: "HTML" }[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
