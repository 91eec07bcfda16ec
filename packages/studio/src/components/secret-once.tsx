import { Alert, Button, Code, CopyButton, Group } from "@mantine/core";
import { useI18n } from "../i18n/i18n.tsx";

/** A key or a link that is told only now, to be copied. */
export function SecretOnce({ title, secret }: { title: string; secret: string }) {
  const { t } = useI18n();
  return (
    <Alert title={title}>
      <Group>
        <Code style={{ overflowWrap: "anywhere" }}>{secret}</Code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? t.common.copied : t.common.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
