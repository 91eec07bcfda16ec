import type { AdapterJson } from "@loam/server";
import { ActionIcon, Button, Container, Group, Modal, Stack, Table, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { adapterDownloadUrl, useAdapter, useAdapters, useDeleteAdapter } from "../../api/tune.ts";
import { ConfirmDialog } from "../../components/confirm-dialog.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ChatIcon, DownloadIcon, PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { ExportForm } from "./exports/export-form.tsx";
import { ExportsList } from "./exports-list.tsx";
import { FileActions } from "./file-actions.tsx";
import { methodName } from "./method-names.ts";
import { toCountText, toLossText } from "./run-row.ts";
import styles from "./tune.module.css";
import { TuneHeader } from "./tune-header.tsx";

export function AdaptersPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <TuneHeader title={t.tune.adapters.title} intro={t.tune.intro} />
      <Adapters />
      <ExportsList />
    </Container>
  );
}

function Adapters() {
  const { t } = useI18n();
  const adapters = useAdapters();
  const remove = useDeleteAdapter();
  const [leaving, setLeaving] = useState<string>();
  const [shown, setShown] = useState<string>();
  if (adapters.status === "pending") return <ListSkeleton height={56} />;
  if (adapters.status === "error") return <InlineError error={adapters.error} onRetry={adapters.refetch} />;
  if (adapters.data.length === 0)
    return (
      <EmptyState title={t.tune.adapters.emptyTitle} body={t.tune.adapters.emptyBody}>
        <Button mt="sm" leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/tune/new" {...props} />}>
          {t.tune.newRun}
        </Button>
      </EmptyState>
    );
  return (
    <>
      <Table.ScrollContainer minWidth={340} className="surface">
        <Table verticalSpacing="sm" highlightOnHover aria-label={t.tune.adapters.list}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.tune.adapters.columns.name}</Table.Th>
              <Table.Th visibleFrom="sm">{t.tune.adapters.columns.base}</Table.Th>
              <Table.Th ta="right" visibleFrom="xs">
                {t.tune.adapters.columns.parameters}
              </Table.Th>
              <Table.Th ta="right" visibleFrom="sm">
                {t.tune.adapters.columns.size}
              </Table.Th>
              <Table.Th ta="right">{t.tune.adapters.columns.loss}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {adapters.data.map((adapter) => (
              <Row
                key={adapter.id}
                adapter={adapter}
                onShow={() => setShown(adapter.id)}
                onDelete={() => setLeaving(adapter.id)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Details id={shown} onClose={() => setShown(undefined)} />
      <ConfirmDialog
        opened={leaving !== undefined}
        title={t.tune.adapters.deleteTitle}
        body={t.tune.adapters.deleteBody(leaving ?? "")}
        action={t.common.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setLeaving(undefined)}
        onConfirm={() =>
          remove.mutate(leaving!, {
            onSuccess: ({ id }) => {
              notifications.show({ message: t.tune.adapters.deleted(id) });
              setLeaving(undefined);
            },
          })
        }
      />
    </>
  );
}

function Row({ adapter, onShow, onDelete }: { adapter: AdapterJson; onShow: () => void; onDelete: () => void }) {
  const { t, format } = useI18n();
  const { id, method, base, parameters, sizeBytes, createdAt, evalLoss, lastLoss } = adapter;
  return (
    <Table.Tr>
      <Table.Td>
        <button type="button" className={styles.linkButton} onClick={onShow} aria-label={t.tune.adapters.details(id)}>
          {id}
        </button>
        <Text size="xs" c="dimmed">
          {methodName(method)} · <time dateTime={createdAt}>{format.ago(createdAt)}</time>
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ overflowWrap: "anywhere" }}>
        {base ?? <Text c="dimmed">{t.tune.adapters.otherBase}</Text>}
      </Table.Td>
      <Table.Td ta="right" visibleFrom="xs" title={format.integer(parameters)}>
        {toCountText(parameters)}
      </Table.Td>
      <Table.Td ta="right" visibleFrom="sm">
        {format.bytes(sizeBytes)}
      </Table.Td>
      <Table.Td ta="right">{toLossText(evalLoss ?? lastLoss)}</Table.Td>
      <Table.Td>
        <Group gap={2} justify="flex-end" wrap="nowrap">
          {base && (
            <ActionIcon
              variant="subtle"
              size="lg"
              aria-label={`${t.tune.adapters.chat}: ${id}`}
              renderRoot={(props) => <Link to="/tune/chat" search={{ base, adapters: id }} {...props} />}
            >
              <ChatIcon />
            </ActionIcon>
          )}
          <FileActions id={id} href={adapterDownloadUrl(id)} onDelete={onDelete} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function Details({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t, format } = useI18n();
  const adapter = useAdapter(id);
  return (
    <Modal
      opened={id !== undefined}
      onClose={onClose}
      title={id}
      size="lg"
      closeButtonProps={{ "aria-label": t.common.close }}
    >
      {adapter.status === "pending" && <ListSkeleton rows={2} height={80} />}
      {adapter.status === "error" && <InlineError error={adapter.error} onRetry={adapter.refetch} />}
      {adapter.data && (
        <Stack>
          <Title order={3}>{t.tune.adapters.files}</Title>
          <ul className={styles.files}>
            {adapter.data.files.map(({ name, sizeBytes }) => (
              <li key={name}>
                <span>{name}</span>
                <span>{format.bytes(sizeBytes)}</span>
              </li>
            ))}
          </ul>
          <Title order={3}>{t.tune.adapters.config}</Title>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre className={styles.code} tabIndex={0}>
            {JSON.stringify(adapter.data.config, null, 2)}
          </pre>
          <Title order={3}>{t.tune.exports.write}</Title>
          <ExportForm adapter={adapter.data.id} base={adapter.data.base} />
          <Group>
            {adapter.data.run && (
              <Button
                variant="default"
                renderRoot={(props) => <Link to="/tune/runs/$id" params={{ id: adapter.data.run! }} {...props} />}
              >
                {t.tune.adapters.run}
              </Button>
            )}
            <Button
              component="a"
              href={adapterDownloadUrl(adapter.data.id)}
              download
              variant="default"
              leftSection={<DownloadIcon />}
            >
              {t.tune.run.download}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
