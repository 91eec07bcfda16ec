import { Button, Container, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useRetryDocument } from "../../api/documents.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { RetryIcon } from "../../components/icons.tsx";
import { explainCode } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import type { DocumentRow } from "../library/document-row.ts";
import { PasswordForm } from "./password-form.tsx";

/** A document of which no page could be read: why, and the way out. */
export function FailedDocument({ row }: { row: DocumentRow }) {
  const { t } = useI18n();
  const retry = useRetryDocument();
  if (row.locked) {
    return (
      <Container size="xs" py="xl">
        <EmptyState title={t.document.lockedTitle} body={row.title}>
          <PasswordForm id={row.id} />
        </EmptyState>
      </Container>
    );
  }
  return (
    <Container size="sm" py="xl">
      <EmptyState title={t.document.failedTitle}>
        <Text fw={600}>{row.title}</Text>
        <Text c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {row.error && explainCode(row.error.code, row.error.message, t)}
        </Text>
        <Group>
          <Button variant="default" leftSection={<RetryIcon />} onClick={() => retry.mutate(row.id)}>
            {t.library.retry}
          </Button>
          <Button variant="subtle" renderRoot={(props) => <Link to="/library" {...props} />}>
            {t.common.toLibrary}
          </Button>
        </Group>
      </EmptyState>
    </Container>
  );
}
