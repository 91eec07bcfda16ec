import { Button, Container, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useExperiments, useReports, useSaveReport } from "../../../api/experiments.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { PlusIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { ExperimentsHeader } from "../experiments-header.tsx";
import { experimentTexts } from "../texts.ts";

/** Pages that people write about runs. */
export function ReportsPage() {
  const { format } = useI18n();
  const { reports: texts } = useTexts(experimentTexts);
  const navigate = useNavigate();
  const reports = useReports();
  const experiments = useExperiments();
  const save = useSaveReport();
  const experiment = experiments.data?.find(({ runs }) => runs > 0)?.name ?? "Default";
  return (
    <Container size="lg" py="xl">
      <ExperimentsHeader>
        <Button
          leftSection={<PlusIcon />}
          loading={save.isPending}
          onClick={() =>
            save.mutate(
              { title: texts.untitled, markdown: texts.starter(experiment) },
              { onSuccess: ({ id }) => void navigate({ to: "/experiments/reports/$id", params: { id } }) },
            )
          }
        >
          {texts.new}
        </Button>
      </ExperimentsHeader>
      {save.isError && <InlineError error={save.error} />}
      {reports.status === "pending" && <ListSkeleton rows={3} height={56} />}
      {reports.status === "error" && <InlineError error={reports.error} onRetry={reports.refetch} />}
      {reports.data?.length === 0 && <EmptyState title={texts.emptyTitle} body={texts.emptyBody} />}
      {reports.data && reports.data.length > 0 && (
        <ul className={styles.list} aria-label={texts.list}>
          {reports.data.map((report) => (
            <li key={report.id} className={styles.item}>
              <Link to="/experiments/reports/$id" params={{ id: report.id }} className={styles.link}>
                {report.title}
              </Link>
              <Text size="sm" c="dimmed">
                {[texts.version(report.version), texts.changed(format.ago(report.updatedAt))].join(" · ")}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
