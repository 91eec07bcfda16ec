import { Group, Loader, Stack, Text, Title } from "@mantine/core";
import { ApiError } from "../../../api/client.ts";
import { type Draft, useForecast } from "../../../api/tune.ts";
import { WarningIcon } from "../../../components/icons.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { toCountText } from "../run-row.ts";
import styles from "../tune.module.css";
import { TuneError } from "../tune-error.tsx";

const parts = ["base", "adapter", "optimiser", "activations", "process"] as const;

/** What the draft is going to take, counted anew after each change. */
export function ForecastPanel({ draft }: { draft: Draft | undefined }) {
  const { t } = useI18n();
  const forecast = useForecast(draft);
  return (
    <section
      className={styles.forecast}
      aria-label={t.tune.forecast.title}
      aria-live="polite"
      aria-busy={forecast.isFetching}
    >
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t.tune.forecast.title}</Title>
        {forecast.isFetching && <Loader size="xs" role="status" aria-label={t.tune.forecast.updating} />}
      </Group>
      <Counted forecast={draft === undefined ? undefined : forecast} />
    </section>
  );
}

function Counted({ forecast }: { forecast: ReturnType<typeof useForecast> | undefined }) {
  const { t, format } = useI18n();
  if (!forecast) return <Text c="dimmed">{t.tune.forecast.waiting}</Text>;
  if (forecast.status === "pending") return <Text c="dimmed">{t.tune.forecast.updating}</Text>;
  if (forecast.status === "error") {
    const isAbsent = forecast.error instanceof ApiError && forecast.error.status === 404;
    return isAbsent ? <Text c="dimmed">{t.tune.forecast.notHere}</Text> : <TuneError error={forecast.error} />;
  }
  const { trainableParameters, share, memory, steps, secondsPerStep, totalSeconds, warnings } = forecast.data;
  const percent = new Intl.NumberFormat(document.documentElement.lang, {
    style: "percent",
    maximumSignificantDigits: 2,
  });
  return (
    <Stack gap="md">
      <dl className={styles.figures}>
        <div>
          <dt>{t.tune.forecast.trainable}</dt>
          <dd>{toCountText(trainableParameters)}</dd>
          <dd>{t.tune.forecast.ofModel(percent.format(share))}</dd>
        </div>
        <div>
          <dt>{t.tune.forecast.total}</dt>
          <dd>{t.tune.forecast.about(format.duration(1000 * totalSeconds))}</dd>
          <dd>{t.tune.forecast.onThisMachine}</dd>
        </div>
        <div>
          <dt>{t.tune.forecast.steps}</dt>
          <dd>{format.integer(steps)}</dd>
          <dd>{t.tune.forecast.perStep(format.duration(1000 * secondsPerStep))}</dd>
        </div>
        <div>
          <dt>{t.tune.forecast.memory}</dt>
          <dd>{format.bytes(memory.total)}</dd>
        </div>
      </dl>
      <div>
        <div className={styles.memoryBar} aria-hidden="true">
          {parts.map((part) => (
            <span key={part} data-part={part} style={{ flexGrow: memory[part] }} />
          ))}
        </div>
        <ul className={styles.memoryParts}>
          {parts.map((part) => (
            <li key={part} data-part={part}>
              {t.tune.forecast.memoryParts[part]} <span>{format.bytes(memory[part])}</span>
            </li>
          ))}
        </ul>
      </div>
      {warnings.length > 0 && (
        <ul className={styles.warnings}>
          {warnings.map(({ name, values }) => (
            <li key={name}>
              <WarningIcon />
              <span>{t.tune.forecast.warnings[name](values)}</span>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}
