import type { RoleJson } from "@loam/server";
import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useSetRole } from "../../api/settings.ts";
import { explain } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { toReason } from "./reason.ts";
import styles from "./settings.module.css";

/** A role, the model that plays it and why; a field to choose another. */
export function RoleCard({ report }: { report: RoleJson }) {
  const { t } = useI18n();
  const setRole = useSetRole();
  const [model, setModel] = useState(report.configured ?? "");
  const text = t.settings.role[report.role];
  const changed = model.trim() !== (report.configured ?? "");
  return (
    <form
      className={styles.role}
      onSubmit={(event) => {
        event.preventDefault();
        setRole.mutate({ role: report.role, model: model.trim() || null });
      }}
    >
      <div>
        <Title order={3}>{text.name}</Title>
        <Text size="sm" c="dimmed">
          {text.body}
        </Text>
      </div>
      <Stack gap={2}>
        <Text className={styles.model} data-set={report.model !== null}>
          {report.model ?? t.settings.notSet}
        </Text>
        {report.model !== null && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {toReason(report.reason, t)}
          </Text>
        )}
      </Stack>
      {report.fixedBy ? (
        <Text size="sm" c="dimmed">
          {t.settings.fixedBy(report.fixedBy)}
        </Text>
      ) : (
        <Group align="flex-start" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            size="sm"
            aria-label={`${t.settings.model}: ${text.name}`}
            placeholder={t.settings.modelPlaceholder}
            value={model}
            onChange={(event) => setModel(event.currentTarget.value)}
            error={setRole.isError && explain(setRole.error, t)}
            description={report.role === "embed" ? t.settings.embedNote : undefined}
            inputWrapperOrder={["label", "input", "description", "error"]}
            spellCheck={false}
          />
          <Button type="submit" size="sm" variant="default" disabled={!changed} loading={setRole.isPending}>
            {t.common.save}
          </Button>
        </Group>
      )}
    </form>
  );
}
