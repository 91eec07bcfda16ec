import { Button, Container, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { type Run, runExportUrl, useExperimentRun, useRunFiles, useRunMedia } from "../../../api/experiments.ts";
import { BackIcon, DownloadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { CurveWall } from "../charts/curve-wall.tsx";
import styles from "../experiments.module.css";
import { readCurveSearch } from "../experiments-search.ts";
import { RunStatus } from "../run-status.tsx";
import { showCell } from "../table/cells.ts";
import { experimentTexts } from "../texts.ts";
import { RegisterForm } from "./register-form.tsx";

const route = getRouteApi("/experiments/runs/$id");

/** One run: its curves as they grow, what it was given, and what it left. */
export function ExperimentRunPage() {
  const { run: texts } = useTexts(experimentTexts);
  const { id } = route.useParams();
  const run = useExperimentRun(id);
  return (
    <Container size={1680} py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/experiments" {...props} />}
      >
        {texts.back}
      </Button>
      {run.status === "pending" && <ListSkeleton rows={3} height={160} />}
      {run.status === "error" && <InlineError error={run.error} onRetry={run.refetch} />}
      {run.status === "success" && <RunView run={run.data} />}
    </Container>
  );
}

const formats = ["csv", "json", "parquet", "tensorboard"] as const;

function RunView({ run }: { run: Run }) {
  const { format } = useI18n();
  const { run: texts } = useTexts(experimentTexts);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  useEffect(() => {
    document.title = `${run.name} · Loam`;
  }, [run.name]);
  return (
    <>
      <Group justify="space-between" mb="md" align="flex-start">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
              {run.name}
            </Title>
            <RunStatus status={run.status} />
          </Group>
          <Text size="sm" c="dimmed">
            {texts.inExperiment}{" "}
            <Link to="/experiments" search={{ experiment: run.experiment }} className={styles.link}>
              {run.experiment}
            </Link>
            {" · "}
            {[`${texts.loggedBy} ${run.kind}`, format.dateTime(run.startedAt ?? run.createdAt)].join(" · ")}
          </Text>
        </div>
        <Group gap="xs">
          <RegisterForm run={run} />
          <Menu withinPortal position="bottom-end">
            <Menu.Target>
              <Button variant="default" leftSection={<DownloadIcon />}>
                {texts.export}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {formats.map((kind) => (
                <Menu.Item
                  key={kind}
                  renderRoot={(props) => <a href={runExportUrl(run.id, kind)} download {...props} />}
                >
                  {kind}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      {run.error && <InlineError error={run.error} />}
      <div className={styles.split}>
        <section>
          <Title order={2} size="h3" mb="xs">
            {texts.charts}
          </Title>
          <CurveWall
            runs={[run]}
            search={search}
            onChange={(next) =>
              navigate({ search: (old) => readCurveSearch({ ...old, ...next }), replace: true, resetScroll: false })
            }
          />
          <Media id={run.id} />
        </section>
        <aside className={styles.facts}>
          <MetricValues run={run} />
          <Facts title={texts.params} values={run.params} />
          <Facts title={texts.summary} values={run.summary} />
          <Facts title={texts.tags} values={run.tags} />
          <Files id={run.id} />
        </aside>
      </div>
    </>
  );
}

function MetricValues({ run }: { run: Run }) {
  const { run: texts } = useTexts(experimentTexts);
  const metrics = Object.entries(run.metrics);
  if (metrics.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h3">
        {texts.metrics}
      </Title>
      <table className={`${styles.factTable} ${styles.numbers}`}>
        <thead>
          <tr>
            <td />
            {[texts.last, texts.low, texts.high].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {metrics.map(([name, { value, min, max }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{showCell(value)}</td>
              <td>{showCell(min ?? undefined)}</td>
              <td>{showCell(max ?? undefined)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Facts({ title, values }: { title: string; values: Record<string, unknown> }) {
  const entries = Object.entries(values).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h3">
        {title}
      </Title>
      <table className={styles.factTable}>
        <tbody>
          {entries.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {typeof value === "string"
                  ? value
                  : typeof value === "number"
                    ? showCell(value)
                    : JSON.stringify(value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const blobUrl = (run: string, path: string) =>
  `/api/2.0/mlflow-artifacts/artifacts/${encodeURIComponent(run)}/${path.split("/").map(encodeURIComponent).join("/")}`;

function Media({ id }: { id: string }) {
  const { format } = useI18n();
  const { run: texts } = useTexts(experimentTexts);
  const media = useRunMedia(id);
  const shown = (media.data ?? []).filter(({ text, type }) => text !== undefined || type === "image").slice(0, 60);
  if (shown.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h3" mt="xl" mb="xs">
        {texts.media}
      </Title>
      <div className={styles.media}>
        {shown.map(({ tag, step, text, path, type }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one tag may stand at one step twice
          <figure key={index} style={{ margin: 0 }}>
            {type === "image" && path ? <img src={blobUrl(id, path)} alt={tag} loading="lazy" /> : <pre>{text}</pre>}
            <Text component="figcaption" size="xs" c="dimmed">
              {[tag, step === null ? undefined : texts.step(format.integer(step))].filter(Boolean).join(" · ")}
            </Text>
          </figure>
        ))}
      </div>
    </section>
  );
}

function Files({ id }: { id: string }) {
  const { format } = useI18n();
  const { run: texts } = useTexts(experimentTexts);
  const files = useRunFiles(id);
  if (!files.data || files.data.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h3">
        {texts.files}
      </Title>
      <Stack gap={2}>
        {files.data.slice(0, 200).map(({ path, sizeBytes }) => (
          <Text key={path} size="sm" style={{ overflowWrap: "anywhere" }}>
            {path}{" "}
            <Text span size="xs" c="dimmed">
              {format.bytes(sizeBytes)}
            </Text>
          </Text>
        ))}
      </Stack>
    </section>
  );
}
