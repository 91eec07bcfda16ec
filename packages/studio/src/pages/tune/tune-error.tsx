import { Alert, Text } from "@mantine/core";
import { ApiError, toApiError } from "../../api/client.ts";
import { WarningIcon } from "../../components/icons.tsx";
import { explain } from "../../components/inline-error.tsx";
import { TokenForm } from "../../components/token-form.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** A failure by its name in the reader's language; below it the server's words, which name values and the way out. */
export function TuneError({ error, title }: { error: unknown; title?: string }) {
  const { t } = useI18n();
  if (error instanceof ApiError && error.status === 401) return <TokenForm />;
  const { status, code, message } = toApiError(error);
  const isOffline = status === 0 && code === null;
  return (
    <Alert
      color="clay"
      variant="light"
      icon={<WarningIcon />}
      title={title ?? (code === null ? undefined : t.tune.errors[code]) ?? t.errors.title}
      role="alert"
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {isOffline ? explain(error, t) : message}
      </Text>
    </Alert>
  );
}
