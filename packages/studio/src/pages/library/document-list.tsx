import { ActionIcon, Badge, Button, Group, Popover, Progress, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { pageImageUrl, useRetryDocument } from "../../api/documents.ts";
import { LockIcon, RetryIcon, TrashIcon, WarningIcon } from "../../components/icons.tsx";
import { explainCode } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import type { DocumentRow } from "./document-row.ts";
import styles from "./library.module.css";

export function DocumentList({ rows }: { rows: readonly DocumentRow[] }) {
  const { t } = useI18n();
  const [deleting, setDeleting] = useState<DocumentRow>();
  return (
    <>
      <ul className={styles.list} aria-label={t.library.list}>
        {rows.map((row) => (
          <DocumentItem key={row.id} row={row} onDelete={() => setDeleting(row)} />
        ))}
      </ul>
      <DeleteDialog document={deleting} onClose={() => setDeleting(undefined)} />
    </>
  );
}

function DocumentItem({ row, onDelete }: { row: DocumentRow; onDelete: () => void }) {
  const { t, format } = useI18n();
  return (
    <li className={styles.item}>
      <Thumbnail row={row} />
      <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
        <Link to="/documents/$id" params={{ id: row.id }} className={styles.title}>
          {row.title}
        </Link>
        <Text size="sm" c="dimmed" truncate>
          {[
            row.subtitle,
            row.pageCount > 0 ? t.common.pages(row.pageCount) : undefined,
            format.bytes(row.sizeBytes),
            t.library.added(format.ago(row.createdAt)),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        <Status row={row} />
      </Stack>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={onDelete}
        aria-label={t.library.deleteLabel(row.title)}
      >
        <TrashIcon />
      </ActionIcon>
    </li>
  );
}

function Thumbnail({ row }: { row: DocumentRow }) {
  return (
    <div className={styles.thumbnail}>
      {row.openable && <img src={pageImageUrl(row.id, 1, 48)} alt="" loading="lazy" />}
      {row.locked && !row.openable && <LockIcon />}
    </div>
  );
}

function Status({ row }: { row: DocumentRow }) {
  const { t } = useI18n();
  const retry = useRetryDocument();
  if (row.status === "queued" || row.status === "reading") {
    return (
      <Group gap="sm" wrap="nowrap" mt={2}>
        <Progress
          value={row.percent ?? 100}
          animated
          striped={row.percent === undefined}
          flex={1}
          maw={260}
          aria-label={t.library.status[row.status]}
        />
        <Text size="sm" aria-live="polite">
          {row.pageCount > 0 ? t.library.progress(row.pagesDone, row.pageCount) : t.library.status[row.status]}
        </Text>
      </Group>
    );
  }
  if (row.status === "failed") {
    return (
      <Stack gap={6}>
        <Text size="sm" c="clay" style={{ overflowWrap: "anywhere" }}>
          <WarningIcon style={{ verticalAlign: "-0.2em", marginRight: 6 }} />
          {row.error ? explainCode(row.error.code, row.error.message, t) : t.library.status.failed}
        </Text>
        <Group gap="xs">
          {row.locked ? (
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<LockIcon />}
              renderRoot={(props) => <Link to="/documents/$id" params={{ id: row.id }} {...props} />}
            >
              {t.library.unlock}
            </Button>
          ) : (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<RetryIcon />}
              loading={retry.isPending}
              onClick={() => retry.mutate(row.id)}
            >
              {t.library.retry}
            </Button>
          )}
        </Group>
      </Stack>
    );
  }
  return (
    <Group gap={6}>
      {row.pageStatuses.map(([status, count]) => (
        <Badge
          key={status}
          variant="light"
          color={status === "failed" ? "clay" : status === "ocr" ? "water" : status === "empty" ? "gray" : "moss"}
          tt="none"
          title={t.library.pageStatusHelp[status]}
        >
          {count} {t.library.pageStatus[status]}
        </Badge>
      ))}
      {row.failedPages.length > 0 && (
        <Popover width={360} withArrow>
          <Popover.Target>
            <Button size="compact-xs" variant="subtle" color="clay">
              {t.library.failedPages(row.failedPages.length)}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <ul className={styles.reasons}>
              {row.failedPages.map(({ page, reason }) => (
                <li key={page}>
                  <b>{t.common.page(page)}</b>: {reason}
                </li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </Group>
  );
}
