import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { ApiError, toApiError } from "../api/client.ts";
import type { Messages } from "../i18n/en.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { RetryIcon, WarningIcon } from "./icons.tsx";
import { TokenForm } from "./token-form.tsx";

/** What went wrong, in the reader's language where the code is known, and a way to try again. */
export function InlineError({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useI18n();
  if (error instanceof ApiError && error.status === 401) return <TokenForm />;
  return (
    <Alert color="clay" variant="light" icon={<WarningIcon />} title={t.errors.title} role="alert">
      <Stack gap="sm">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {explain(error, t)}
        </Text>
        {/* What is not there will not be there a moment later either. */}
        {onRetry && !(error instanceof ApiError && error.status === 404) && (
          <Group>
            <Button size="compact-sm" variant="default" leftSection={<RetryIcon />} onClick={onRetry}>
              {t.common.retry}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** An error in the reader's language; what has no translation keeps the server's words. */
export function explain(error: unknown, t: Messages): string {
  const { status, code, message } = toApiError(error);
  if (status === 0 && code === null) return t.errors.offline;
  return explainCode(code, message, t);
}

/** A stored or returned error by its code. English keeps the message itself, which names the values. */
export function explainCode(code: string | null, message: string, t: Messages): string {
  const known = code === null ? undefined : t.errors.codes[code];
  return known ?? message;
}
