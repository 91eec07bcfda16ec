import { Button, Container } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { EmptyState } from "../components/empty-state.tsx";
import { InlineError } from "../components/inline-error.tsx";
import { useI18n } from "../i18n/i18n.tsx";

export function NotFoundPage() {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${t.common.notFound} · Loam`;
  }, [t]);
  return (
    <Container py="xl">
      <EmptyState title={t.common.notFound}>
        <Button variant="default" renderRoot={(props) => <Link to="/library" {...props} />}>
          {t.common.toLibrary}
        </Button>
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
