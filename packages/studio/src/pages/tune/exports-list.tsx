import { Group, Text, Title } from "@mantine/core";
import { exportDownloadUrl, useDeleteExport, useExports } from "../../api/exports.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import { FileActions } from "./file-actions.tsx";
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
              <FileActions id={id} href={exportDownloadUrl(id)} onDelete={() => remove.mutate(id)} />
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
