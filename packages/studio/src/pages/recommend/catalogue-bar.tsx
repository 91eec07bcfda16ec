import type { CatalogueJson } from "@loam/server";
import { ActionIcon, Button, FileButton, Group, Modal, Progress, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useDeleteCatalogue, useStartEmbedding, useStopEmbedding, useUploadCatalogue } from "../../api/catalogues.ts";
import { TrashIcon, UploadIcon } from "../../components/icons.tsx";
import { explain, InlineError } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./recommend.module.css";

const tables = ".csv,.tsv,.json,.jsonl,.ndjson,.parquet,.gz";

/** Sends a file and tells what came of it. */
export function AddCatalogueButton({
  onAdded,
  variant = "default",
}: {
  onAdded: (id: string) => void;
  variant?: "default" | "filled";
}) {
  const { t, format } = useI18n();
  const upload = useUploadCatalogue();
  const send = (file: File | null) => {
    if (!file) return;
    upload.mutate(file, {
      onSuccess: ({ id, name, items, skipped }) => {
        const left = skipped.withoutTitle + skipped.repeatedId + skipped.malformed;
        notifications.show({
          closeButtonProps: { "aria-label": t.common.close },
          title: t.recommend.imported(name, format.integer(items)),
          message: left > 0 ? t.recommend.skipped(format.integer(left)) : "",
        });
        onAdded(id);
      },
      onError: (error) =>
        notifications.show({
          closeButtonProps: { "aria-label": t.common.close },
          color: "clay",
          title: t.library.refused(file.name),
          message: explain(error, t),
          autoClose: 12_000,
        }),
    });
  };
  return (
    <FileButton onChange={send} accept={tables} inputProps={{ "aria-label": t.recommend.add }}>
      {(props) => (
        <Button
          {...props}
          variant={variant}
          leftSection={<UploadIcon />}
          loading={upload.isPending}
          title={t.recommend.addHelp}
        >
          {upload.isPending ? t.recommend.importing : t.recommend.add}
        </Button>
      )}
    </FileButton>
  );
}

/** Which catalogue, what is in it, and adding or removing one. */
export function CatalogueBar({
  catalogues,
  chosen,
  onChoose,
}: {
  catalogues: readonly CatalogueJson[];
  chosen: CatalogueJson;
  onChoose: (id: string | undefined) => void;
}) {
  const { t, format } = useI18n();
  const remove = useDeleteCatalogue();
  const [asking, setAsking] = useState(false);
  const { ratings, items } = chosen;
  return (
    <div className={styles.bar}>
      <Select
        aria-label={t.recommend.catalogue}
        value={chosen.id}
        onChange={(id) => onChoose(id ?? undefined)}
        data={catalogues.map(({ id, name }) => ({ value: id, label: name }))}
        allowDeselect={false}
        w={240}
      />
      <Text size="sm" c="dimmed" flex="1 1 12rem" pb={6}>
        {t.recommend.books(format.integer(items))}
        {ratings && ` · ${t.recommend.ratings(format.integer(ratings.ratings), format.integer(ratings.readers))}`}
      </Text>
      <Group gap={6} wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="input-sm"
          onClick={() => setAsking(true)}
          aria-label={t.recommend.deleteLabel(chosen.name)}
        >
          <TrashIcon />
        </ActionIcon>
        <AddCatalogueButton onAdded={onChoose} />
      </Group>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t.recommend.deleteTitle}
        closeButtonProps={{ "aria-label": t.common.close }}
        centered
      >
        <Stack>
          <Text>{t.recommend.deleteBody(chosen.name)}</Text>
          {remove.isError && <InlineError error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              {t.common.cancel}
            </Button>
            <Button
              color="clay"
              loading={remove.isPending}
              onClick={() =>
                remove.mutate(chosen.id, {
                  onSuccess: () => {
                    setAsking(false);
                    onChoose(undefined);
                  },
                })
              }
            >
              {t.common.delete}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </div>
  );
}

/** Whether books are compared by meaning too; nothing once they are. */
export function MeaningNote({ catalogue }: { catalogue: CatalogueJson }) {
  const { t, format } = useI18n();
  const start = useStartEmbedding();
  const stop = useStopEmbedding();
  const { embedded, items, embedding, id } = catalogue;
  if (embedded === items && !embedding) return null;
  if (embedding && embedding.error === undefined) {
    const { done, total } = embedding;
    return (
      <div className={styles.meaning} role="status">
        <span>{t.recommend.meaning.running(format.integer(done), format.integer(total))}</span>
        <Progress value={(100 * done) / total} flex="1 1 120px" aria-label={t.recommend.meaning.start} />
        <Button size="compact-sm" variant="subtle" onClick={() => stop.mutate(id)}>
          {t.recommend.meaning.stop}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.meaning}>
      <span style={{ flex: "1 1 16rem" }}>
        {embedding?.error
          ? `${t.recommend.meaning.failed}: ${embedding.error}`
          : t.recommend.meaning.off(format.integer(items))}
      </span>
      <Button size="compact-sm" variant="light" loading={start.isPending} onClick={() => start.mutate(id)}>
        {t.recommend.meaning.start}
      </Button>
    </div>
  );
}
