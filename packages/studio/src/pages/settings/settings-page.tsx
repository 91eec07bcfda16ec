import { Container, Stack, Text, Title } from "@mantine/core";
import { useSettings } from "../../api/settings.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { KeyRow } from "./key-row.tsx";
import { RoleCard } from "./role-card.tsx";
import styles from "./settings.module.css";
import { SystemFacts } from "./system-facts.tsx";
import { SettingsHeader } from "./team/settings-header.tsx";

export function SettingsPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <SettingsHeader intro={t.settings.intro} />
      <Settings />
    </Container>
  );
}

function Settings() {
  const { t } = useI18n();
  const settings = useSettings();
  if (settings.status === "pending") return <ListSkeleton height={110} />;
  if (settings.status === "error") return <InlineError error={settings.error} onRetry={settings.refetch} />;
  const { roles, keys, userFile } = settings.data;
  return (
    <Stack gap="xl">
      <section>
        <Title order={2} mb="sm">
          {t.settings.roles}
        </Title>
        <div className={styles.roles}>
          {roles.map((role) => (
            <RoleCard key={`${role.role} ${role.model}`} report={role} />
          ))}
        </div>
      </section>
      <section>
        <Title order={2} mb={4}>
          {t.settings.keys}
        </Title>
        <Text c="dimmed" size="sm" mb="sm" style={{ overflowWrap: "anywhere" }}>
          {t.settings.keysBody(userFile)}
        </Text>
        <ul className={styles.keys}>
          {keys.map((key) => (
            <KeyRow key={key.provider} state={key} />
          ))}
        </ul>
      </section>
      <section>
        <Title order={2} mb="sm">
          {t.settings.system}
        </Title>
        <SystemFacts />
      </section>
    </Stack>
  );
}
