import { Button, Container, Group, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMetrics, useStartEvaluation } from "../../../api/evaluations.ts";
import { BackIcon, DownloadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../evaluations.module.css";
import { metricName } from "../formula.ts";
import { DatasetFields } from "./dataset-fields.tsx";
import { canBeScored, lacksOf, type OrderDraft, orderOf, yamlOf } from "./order.ts";
import { SystemFields } from "./system-fields.tsx";
import { newEvaluationTexts } from "./texts.ts";

const empty: OrderDraft = {
  ...{
    name: "",
    source: "table",
    rows: [],
    table: "",
    columns: [],
    count: 20,
    examples: "",
    spanName: "",
    limit: undefined,
  },
  ...{ systems: [], metrics: [] },
};

/** Builds an evaluation and starts it. */
export function NewEvaluationPage() {
  const { t } = useI18n();
  const texts = useTexts(newEvaluationTexts);
  const navigate = useNavigate();
  const start = useStartEvaluation();
  const [draft, setDraft] = useState(empty);
  const change = (next: Partial<OrderDraft>) => setDraft((old) => ({ ...old, ...next }));
  const lacks = lacksOf(draft);
  const submit = () =>
    start.mutate(orderOf(draft), {
      onSuccess: ({ run }) => void navigate({ to: "/evaluations/$id", params: { id: run } }),
    });
  return (
    <Container size="md" py="xl">
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
      <PageHeader title={texts.title} intro={texts.intro} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (lacks.length === 0) submit();
        }}
      >
        <Stack gap="lg">
          <TextInput
            label={texts.name}
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            maw={420}
            required
          />
          <DatasetFields draft={draft} onChange={change} />
          <section aria-label={texts.systems}>
            <Text fw={600} size="sm" mb={6}>
              {texts.systems}
            </Text>
            <SystemFields draft={draft} onChange={change} />
          </section>
          <MetricsField draft={draft} onChange={change} />
          <AsFile draft={draft} />
          {start.isError && <InlineError error={start.error} />}
          <Group>
            <Button type="submit" loading={start.isPending} disabled={lacks.length > 0}>
              {texts.start}
            </Button>
            {lacks.length > 0 && (
              <Text size="sm" c="dimmed">
                {texts.missing(lacks.map((lack) => texts.lacks[lack]).join(", "))}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Container>
  );
}

/** The file that `loam evaluate` reads, as the form stands. */
function AsFile({ draft }: { draft: OrderDraft }) {
  const texts = useTexts(newEvaluationTexts);
  const yaml = yamlOf(draft);
  const download = () => {
    const url = URL.createObjectURL(new Blob([yaml], { type: "application/yaml" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: "eval.yaml" });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <section aria-label={texts.asFile}>
      <Group justify="space-between" mb={6}>
        <Text fw={600} size="sm">
          {texts.asFile}
        </Text>
        <Button variant="default" size="compact-sm" leftSection={<DownloadIcon />} onClick={download}>
          {texts.download}
        </Button>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0} style={{ maxWidth: "100%", maxHeight: 320 }}>
        {yaml}
      </pre>
      {draft.source === "table" && draft.table !== "" && (
        <Text size="xs" c="dimmed" mt={4}>
          {texts.besideFile(draft.table)}
        </Text>
      )}
    </section>
  );
}

function MetricsField({ draft, onChange }: { draft: OrderDraft; onChange: (next: Partial<OrderDraft>) => void }) {
  const texts = useTexts(newEvaluationTexts);
  const metrics = useMetrics();
  const fitting = (metrics.data ?? []).filter(({ needs }) => canBeScored(needs, draft));
  return (
    <MultiSelect
      label={texts.metrics}
      description={texts.metricsHelp}
      data={fitting.map(({ name }) => ({ value: name, label: metricName(name) }))}
      value={draft.metrics.filter((name) => fitting.some((metric) => metric.name === name))}
      onChange={(chosen) => onChange({ metrics: chosen })}
      searchable
      clearable
    />
  );
}
