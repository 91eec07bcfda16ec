import { Group, Stack, Text } from "@mantine/core";
import { usePreview } from "../../../api/tune.ts";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import styles from "../tune.module.css";
import { TuneError } from "../tune-error.tsx";

/** The first rows as the model will see them: what is learned stands out, the rest is dimmed. */
export function Preview({
  dataset,
  base,
  template,
  maxTokens,
}: {
  dataset: string | undefined;
  base: string | undefined;
  template: string;
  maxTokens: number;
}) {
  const { t, format } = useI18n();
  const preview = usePreview(dataset, base === undefined ? undefined : { base, template, maxTokens, rows: 3 });
  if (dataset === undefined || base === undefined)
    return (
      <Text size="sm" c="dimmed">
        {t.tune.form.previewEmpty}
      </Text>
    );
  if (preview.status === "pending") return <ListSkeleton rows={1} height={110} />;
  if (preview.status === "error") return <TuneError error={preview.error} />;
  return (
    <Stack gap="xs">
      <div>
        <Text fw={600} size="sm">
          {t.tune.form.previewTitle}
        </Text>
        <Text size="sm" c="dimmed">
          {t.tune.form.previewHelp}
        </Text>
      </div>
      {preview.data.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are known by their place
        <figure key={i} className={styles.previewRow} aria-label={t.tune.form.row(i + 1)}>
          <div className={styles.previewText}>
            {row.segments.map(({ text, supervised }, j) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: segments are known by their place
              <span key={j} className={supervised ? styles.learned : styles.masked}>
                <span className="visually-hidden">{supervised ? t.tune.form.learned : t.tune.form.notLearned}: </span>
                {text}
              </span>
            ))}
          </div>
          <Group gap="xs" justify="space-between">
            <Text component="figcaption" size="xs" c="dimmed">
              {t.tune.form.previewTokens(format.integer(row.supervisedTokens), format.integer(row.tokens))}
            </Text>
            {row.truncatedTokens > 0 && (
              <Text size="xs" c="clay">
                {t.tune.form.previewCut(format.integer(row.truncatedTokens))}
              </Text>
            )}
          </Group>
        </figure>
      ))}
    </Stack>
  );
}
