import { ActionIcon, Group, Text, Title } from "@mantine/core";
import { exportDownloadUrl, useDeleteExport, useExports } from "../../api/exports.ts";
import { DownloadIcon, TrashIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./tune.module.css";

/** What was written for other programs; nothing while there is nothing. */
export function ExportsList() {
  const { t, format } = useI18n();
  const texts = t.tune.exports;
  const exports = useExports();
  const remove = useDeleteExport();
  if (!exports.data?.length) return null;
  return (
    <section className={styles.section} aria-label={texts.title}>
      <Title order={2}>{texts.title}</Title>
      <ul className={styles.files}>
        {exports.data.map(({ id, form, sizeBytes, createdAt }) => (
          <li key={id}>
            <span>
              {id}{" "}
              <Text span size="xs" c="dimmed">
                {texts.kinds[form]} · {format.bytes(sizeBytes)} ·{" "}
                <time dateTime={createdAt}>{format.ago(createdAt)}</time>
              </Text>
            </span>
            <Group gap={2} wrap="nowrap">
              <ActionIcon
                variant="subtle"
                size="lg"
                component="a"
                href={exportDownloadUrl(id)}
                download
                aria-label={t.tune.adapters.downloadLabel(id)}
              >
                <DownloadIcon />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="clay"
                size="lg"
                aria-label={t.tune.adapters.deleteLabel(id)}
                onClick={() => remove.mutate(id)}
              >
                <TrashIcon />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
