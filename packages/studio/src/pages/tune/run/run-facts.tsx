import type { RunDetailJson } from "@loam/server";
import { Title } from "@mantine/core";
import { useDatasets } from "../../../api/tune.ts";
import { useI18n } from "../../../i18n/i18n.tsx";
import { methodName } from "../method-names.ts";
import { toLossText, tookMs } from "../run-row.ts";
import styles from "../tune.module.css";

/** What the run was made of and what came out. */
export function RunFacts({ run }: { run: RunDetailJson }) {
  const { t, format } = useI18n();
  const datasets = useDatasets();
  const { results } = run;
  const facts: [string, string | undefined | null][] = [
    [t.tune.run.base, run.base],
    [t.tune.run.dataset, datasets.data?.find(({ id }) => id === run.dataset)?.name ?? run.dataset],
    [t.tune.run.method, run.method && methodName(run.method, run.quantize)],
    [t.tune.run.trainable, results.trainableParameters && format.integer(results.trainableParameters)],
    [t.tune.run.finalLoss, run.latest["train/loss"] != null ? toLossText(run.latest["train/loss"]) : null],
    [t.tune.run.finalEval, run.latest["eval/loss"] != null ? toLossText(run.latest["eval/loss"]) : null],
    [t.tune.run.scores["eval/rougeL"], run.latest["eval/rougeL"]?.toFixed(3)],
    [t.tune.run.duration, run.startedAt && format.duration(tookMs(run))],
    [t.tune.run.memory, results.peakMemoryBytes && format.bytes(results.peakMemoryBytes)],
  ].map(([name, value]) => [name as string, value ? String(value) : null]);
  return (
    <section className={styles.section}>
      <Title order={2}>{t.tune.run.facts}</Title>
      <dl className={styles.facts}>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
