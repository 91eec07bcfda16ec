import { Container } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/empty-state.tsx";
import { InlineError } from "../components/inline-error.tsx";
import { useI18n } from "../i18n/i18n.tsx";

export function NotFoundPage() {
  const { t } = useI18n();
  return (
    <Container py="xl">
      <EmptyState title={t.common.notFound}>
        <Link to="/">{t.common.toLibrary}</Link>
      </EmptyState>
    </Container>
  );
}

export function CrashPage({ error, reset }: ErrorComponentProps) {
  return (
    <Container py="xl">
      <InlineError error={error} onRetry={reset} />
    </Container>
  );
}
