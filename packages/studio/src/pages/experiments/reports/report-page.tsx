import { Button, Container, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useDeleteReport, useReport, useSaveReport } from "../../../api/experiments.ts";
import { ConfirmDialog } from "../../../components/confirm-dialog.tsx";
import { BackIcon, ExternalIcon, TrashIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { experimentTexts } from "../texts.ts";
import { ReportPreview } from "./report-preview.tsx";

const route = getRouteApi("/experiments/reports/$id");

/** A report: its text on the left, as it looks on the right. */
export function ReportPage() {
  const { reports: texts } = useTexts(experimentTexts);
  const { id } = route.useParams();
  const report = useReport(id);
  return (
    <Container size={1680} py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/experiments/reports" {...props} />}
      >
        {texts.back}
      </Button>
      {report.status === "pending" && <ListSkeleton rows={3} />}
      {report.status === "error" && <InlineError error={report.error} onRetry={report.refetch} />}
      {report.status === "success" && <Editor key={id} report={report.data} />}
    </Container>
  );
}

function Editor({ report }: { report: NonNullable<ReturnType<typeof useReport>["data"]> }) {
  const { reports: texts } = useTexts(experimentTexts);
  const navigate = useNavigate();
  const save = useSaveReport();
  const remove = useDeleteReport();
  const [title, setTitle] = useState(report.title);
  const [markdown, setMarkdown] = useState(report.markdown);
  const [asks, setAsks] = useState(false);
  const isChanged = title !== report.title || markdown !== report.markdown;
  return (
    <Stack>
      <Group align="flex-end">
        <TextInput
          label={texts.titleField}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          flex="1 1 300px"
          size="md"
        />
        <Text size="sm" c="dimmed" pb={8} role="status">
          {isChanged ? "" : `${texts.saved} · ${texts.version(report.version)}`}
        </Text>
        <Button
          disabled={!isChanged || title.trim() === ""}
          loading={save.isPending}
          onClick={() => save.mutate({ id: report.id, title: title.trim(), markdown })}
        >
          {texts.save}
        </Button>
        <Button
          variant="default"
          leftSection={<ExternalIcon />}
          renderRoot={(props) => <a href={`/api/reports/${report.id}/export?format=html`} download {...props} />}
        >
          {texts.html}
        </Button>
        <Button variant="default" leftSection={<TrashIcon />} onClick={() => setAsks(true)}>
          {texts.delete}
        </Button>
      </Group>
      {save.isError && <InlineError error={save.error} />}
      <div className={styles.editor}>
        <Textarea
          label={texts.text}
          value={markdown}
          onChange={(event) => setMarkdown(event.currentTarget.value)}
          autosize
          minRows={18}
          className={styles.code}
        />
        <section aria-label={texts.preview}>
          <Text size="sm" fw={500} mb={4}>
            {texts.preview}
          </Text>
          <ReportPreview id={report.id} version={report.version} />
        </section>
      </div>
      <ConfirmDialog
        opened={asks}
        title={texts.deleteTitle}
        body={texts.deleteBody(report.title)}
        action={texts.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setAsks(false)}
        onConfirm={() => remove.mutate(report.id, { onSuccess: () => void navigate({ to: "/experiments/reports" }) })}
      />
    </Stack>
  );
}
