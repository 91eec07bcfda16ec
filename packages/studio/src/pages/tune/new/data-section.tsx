import type { DatasetJson } from "@loam/server";
import { Alert, Button, FileButton, Group, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useDatasets, useDeleteDataset, useSampleDataset, useUploadDataset } from "../../../api/tune.ts";
import { TrashIcon, UploadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { TuneError } from "../tune-error.tsx";

/** Chooses the examples, or adds some. */
export function DataSection({ value, onChange }: { value: string; onChange: (dataset: string) => void }) {
  const { t, format } = useI18n();
  const datasets = useDatasets();
  const upload = useUploadDataset();
  const sample = useSampleDataset();
  const remove = useDeleteDataset();
  if (datasets.status === "pending") return <ListSkeleton rows={1} height={60} />;
  if (datasets.status === "error") return <InlineError error={datasets.error} onRetry={datasets.refetch} />;
  const chosen = datasets.data.find(({ id }) => id === value);
  const send = (file: File | null) =>
    file &&
    upload.mutate(file, {
      onSuccess: ({ name, dataset, error }) => {
        if (dataset) onChange(dataset.id);
        else
          notifications.show({
            color: "clay",
            title: t.tune.errors[error?.code ?? ""] ?? t.library.refused(name),
            message: error?.message,
            autoClose: 20_000,
          });
      },
    });
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        {datasets.data.length > 0 && (
          <Select
            flex="1 1 240px"
            label={t.tune.form.dataLabel}
            placeholder={t.tune.form.dataPlaceholder}
            data={datasets.data.map(({ id, name }) => ({ value: id, label: name }))}
            value={chosen ? value : null}
            allowDeselect={false}
            onChange={(id) => id && onChange(id)}
            renderOption={({ option }) => {
              const dataset = datasets.data.find(({ id }) => id === option.value)!;
              return (
                <div>
                  <Text size="sm">{dataset.name}</Text>
                  <Text size="xs" c="dimmed">
                    {t.tune.form.rows(format.integer(dataset.rows))} · {format.bytes(dataset.sizeBytes)} ·{" "}
                    {format.ago(dataset.createdAt)}
                  </Text>
                </div>
              );
            }}
          />
        )}
        <FileButton
          onChange={send}
          accept=".jsonl,.ndjson,.json,.csv,.tsv,.xlsx,.parquet,.txt,.md"
          inputProps={{ "aria-label": t.tune.form.upload }}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<UploadIcon />} loading={upload.isPending}>
              {t.tune.form.upload}
            </Button>
          )}
        </FileButton>
        {!datasets.data.some(({ name }) => name === "garden.jsonl") && (
          <Button
            variant="subtle"
            loading={sample.isPending}
            onClick={() => sample.mutate(undefined, { onSuccess: ({ id }) => onChange(id) })}
          >
            {t.tune.form.sample}
          </Button>
        )}
      </Group>
      {upload.isError && <TuneError error={upload.error} />}
      {sample.isError && <TuneError error={sample.error} />}
      {chosen && (
        <Facts dataset={chosen} onDelete={() => remove.mutate(chosen.id, { onSuccess: () => onChange("") })} />
      )}
    </Stack>
  );
}

function Facts({ dataset, onDelete }: { dataset: DatasetJson; onDelete: () => void }) {
  const { t, format } = useI18n();
  return (
    <>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          {t.tune.form.rows(format.integer(dataset.rows))} · {format.bytes(dataset.sizeBytes)}
        </Text>
        <Button size="compact-xs" variant="subtle" color="gray" leftSection={<TrashIcon />} onClick={onDelete}>
          {t.tune.form.deleteDataset}
        </Button>
      </Group>
      {dataset.skipped > 0 && (
        <Alert color="clay" variant="light" title={t.tune.form.skippedRows(dataset.skipped)}>
          {dataset.problems.slice(0, 3).map(({ line, reason }) => (
            <Text key={line} size="sm" style={{ overflowWrap: "anywhere" }}>
              {t.tune.form.lineProblem(line, reason)}
            </Text>
          ))}
        </Alert>
      )}
    </>
  );
}
