import type { StoredSummaryJson } from "@loam/server";
import { ActionIcon, Button, Container, Group, Loader, NumberInput, Select, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useDocuments } from "../../api/documents.ts";
import { useSettings } from "../../api/settings.ts";
import { useDeleteSummary, useSummaries } from "../../api/summaries.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { CloseIcon, StopIcon, TrashIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { LibraryTabs } from "../../components/library-tabs.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./summaries.module.css";
import { Scores, Sentences, SummaryView } from "./summary-view.tsx";
import { useSummary } from "./use-summary.ts";

const route = getRouteApi("/summaries");

export function SummariesPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <PageHeader title={t.summaries.title} intro={t.summaries.intro} />
      <LibraryTabs />
      <Content />
    </Container>
  );
}

function Content() {
  const { t } = useI18n();
  const navigate = route.useNavigate();
  const documents = useDocuments();
  const summaries = useSummaries();
  const { making, start, stop } = useSummary(
    ({ id }) => void navigate({ search: (old) => ({ ...old, id, with: undefined }) }),
  );
  if (documents.status === "pending" || summaries.status === "pending") return <ListSkeleton rows={3} height={120} />;
  if (documents.status === "error") return <InlineError error={documents.error} onRetry={documents.refetch} />;
  if (summaries.status === "error") return <InlineError error={summaries.error} onRetry={summaries.refetch} />;
  const ready = documents.data.filter(({ status }) => status === "ready");
  if (ready.length === 0)
    return (
      <EmptyState title={t.summaries.noDocumentsTitle} body={t.summaries.noDocumentsBody}>
        <Button variant="default" renderRoot={(props) => <Link to="/library" {...props} />}>
          {t.common.toLibrary}
        </Button>
      </EmptyState>
    );
  return (
    <>
      <SummaryForm
        documents={ready.map(({ id, title, name }) => ({ value: id, label: title || name }))}
        busy={making.state !== "idle" && making.state !== "failed"}
        onStart={start}
        onStop={stop}
      />
      {making.state === "failed" && <InlineError error={making.error} />}
      {making.state !== "idle" && making.state !== "failed" ? (
        <Stack className={`surface ${styles.panel}`}>
          {making.sentences.length > 0 && <Sentences sentences={making.sentences} style="abstract" />}
          <Group gap="xs" role="status">
            <Loader size="xs" type="dots" />
            <Text size="sm" c="dimmed">
              {making.state === "reading" && making.parts > 0
                ? t.summaries.parts(making.parts)
                : t.summaries[making.state]}
            </Text>
          </Group>
        </Stack>
      ) : (
        <Kept summaries={summaries.data} />
      )}
    </>
  );
}

function SummaryForm({
  documents,
  busy,
  onStart,
  onStop,
}: {
  documents: { value: string; label: string }[];
  busy: boolean;
  onStart: ReturnType<typeof useSummary>["start"];
  onStop: () => void;
}) {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const settings = useSettings();
  const [words, setWords] = useState(150);
  const [style, setStyle] = useState<"abstract" | "bullets" | "eli5">("abstract");
  const [language, setLanguage] = useState("own");
  const extractive = settings.data?.roles.find(({ role }) => role === "chat")?.model === null;
  const document = documents.find(({ value }) => value === search.document)?.value ?? documents[0]!.value;
  return (
    <form
      className={`surface ${styles.form}`}
      onSubmit={(event) => {
        event.preventDefault();
        onStart(document, { words, style, ...(language === "own" ? {} : { language }) });
      }}
    >
      <Select
        label={t.summaries.document}
        flex="1 1 16rem"
        value={document}
        onChange={(value) =>
          void navigate({ search: (old) => ({ ...old, document: value ?? undefined }), replace: true })
        }
        data={documents}
        allowDeselect={false}
        searchable
      />
      <NumberInput
        label={t.summaries.words}
        w={90}
        min={10}
        max={2000}
        step={50}
        value={words}
        onChange={(value) => setWords(Number(value) || 150)}
      />
      <Select
        label={t.summaries.style}
        w={150}
        value={style}
        onChange={(value) => setStyle(value ?? "abstract")}
        data={(["abstract", "bullets", "eli5"] as const).map((value) => ({ value, label: t.summaries.styles[value] }))}
        allowDeselect={false}
        disabled={extractive}
      />
      <Select
        label={t.summaries.language}
        w={150}
        value={language}
        onChange={(value) => setLanguage(value ?? "own")}
        data={(["own", "en", "zh"] as const).map((value) => ({ value, label: t.summaries.languages[value] }))}
        allowDeselect={false}
        disabled={extractive}
      />
      {busy ? (
        <Button variant="default" leftSection={<StopIcon />} onClick={onStop}>
          {t.summaries.stop}
        </Button>
      ) : (
        <Button type="submit">{t.summaries.submit}</Button>
      )}
      {extractive && (
        <Text size="xs" c="dimmed" flex="1 1 100%">
          {t.summaries.fixedByExtractive}
        </Text>
      )}
    </form>
  );
}

/** The summary that is chosen, another beside it, and all that are kept. */
function Kept({ summaries }: { summaries: readonly StoredSummaryJson[] }) {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const chosen = summaries.find(({ id }) => id === search.id) ?? summaries[0];
  const other = summaries.find(({ id }) => id === search.with && id !== chosen?.id);
  if (!chosen) return <EmptyState title={t.summaries.emptyTitle} body={t.summaries.emptyBody} />;
  const change = (next: { id?: string; with?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...next }), resetScroll: false });
  return (
    <Stack gap="xl">
      {other ? (
        <section aria-label={t.summaries.compareTitle}>
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h3">
              {t.summaries.compareTitle}
            </Title>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<CloseIcon />}
              onClick={() => change({ with: undefined })}
            >
              {t.summaries.endCompare}
            </Button>
          </Group>
          <div className={styles.pair}>
            {[chosen, other].map((summary) => (
              <Beside key={summary.id} summary={summary} />
            ))}
          </div>
        </section>
      ) : (
        <SummaryView key={chosen.id} summary={chosen} />
      )}
      <History
        summaries={summaries}
        chosen={chosen}
        onOpen={(id) => change({ id, with: undefined })}
        onCompare={(id) => change({ id: chosen.id, with: id })}
      />
    </Stack>
  );
}

function Beside({ summary }: { summary: StoredSummaryJson }) {
  const { t, format } = useI18n();
  return (
    <Stack>
      <section className={`surface ${styles.panel}`}>
        <Title order={3} mb={6}>
          {summary.documentTitle}
        </Title>
        <Text size="xs" c="dimmed" mb={10}>
          {summary.mode === "generated" ? t.summaries.modes.generated(summary.model) : t.summaries.modes.extractive} ·{" "}
          {t.summaries.facts(format.integer(summary.words), format.duration(summary.ms))}
        </Text>
        <Text lh={1.6}>{summary.summary}</Text>
      </section>
      <Scores summary={summary} />
    </Stack>
  );
}

function History({
  summaries,
  chosen,
  onOpen,
  onCompare,
}: {
  summaries: readonly StoredSummaryJson[];
  chosen: StoredSummaryJson;
  onOpen: (id: string) => void;
  onCompare: (id: string) => void;
}) {
  const { t, format } = useI18n();
  const remove = useDeleteSummary();
  return (
    <section aria-labelledby="history">
      <Title order={2} size="h3" id="history" mb={10}>
        {t.summaries.history}
      </Title>
      <ul className={styles.history}>
        {summaries.map((summary) => {
          const { id, documentTitle, asked, scores, createdAt } = summary;
          const facts = [
            `${format.integer(asked.words)} · ${t.summaries.styles[asked.style]}`,
            scores &&
              `ROUGE-1 ${scores.scores.rouge1.f.toFixed(2)} · BERTScore ${scores.scores.bertScore.f.toFixed(2)}`,
            format.ago(createdAt),
          ];
          return (
            <li key={id} className="surface" data-chosen={id === chosen.id}>
              <button type="button" className={styles.open} onClick={() => onOpen(id)} aria-current={id === chosen.id}>
                <Text fw={600} truncate>
                  {documentTitle}
                </Text>
                <Text size="xs" c="dimmed">
                  {facts.filter(Boolean).join(" · ")}
                </Text>
              </button>
              {id !== chosen.id && (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  onClick={() => onCompare(id)}
                  aria-label={t.summaries.compareWith(documentTitle)}
                >
                  {t.summaries.compare}
                </Button>
              )}
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t.summaries.delete(documentTitle)}
                onClick={() => remove.mutate(id)}
              >
                <TrashIcon />
              </ActionIcon>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
