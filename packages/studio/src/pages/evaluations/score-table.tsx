import type { PairFactsJson, PairScoreJson } from "@loam/server";
import { UnstyledButton } from "@mantine/core";
import { Fragment } from "react";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./evaluations.module.css";
import { metricName, showScore } from "./formula.ts";

const groups = {
  overlap: ["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum", "rougeS4", "rougeSU4", "rougeW-1.2"],
  translation: ["bleu", "chrf", "ter"],
  meaning: ["bertscore", "embeddingCosine"],
  answer: ["answerF1", "exactMatch"],
} as const;

interface ScoreTableProps {
  scores: readonly PairScoreJson[];
  facts: PairFactsJson | undefined;
  chosen: string;
  onChoose(metric: string): void;
}

/** Every score, in groups; choosing one shows its matches. */
export function ScoreTable({ scores, facts, chosen, onChoose }: ScoreTableProps) {
  const { t } = useI18n();
  const byName = new Map(scores.map((score) => [score.metric, score]));
  const words = t.measure.playground;
  return (
    <table className={styles.scores}>
      <caption className="visually-hidden">{words.scores}</caption>
      <thead>
        <tr>
          <th scope="col" className={styles.first}>
            {words.metric}
          </th>
          <th scope="col">{words.score}</th>
          <th scope="col">{words.precision}</th>
          <th scope="col">{words.recall}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(groups).map(([group, metrics]) => (
          <Fragment key={group}>
            <tr className={styles.group}>
              <th scope="rowgroup" colSpan={4} className={styles.first}>
                {words.groups[group as keyof typeof groups]}
              </th>
            </tr>
            {metrics.map((metric) => (
              <ScoreRow
                key={metric}
                metric={metric}
                score={byName.get(metric)}
                isChosen={metric === chosen}
                onChoose={() => onChoose(metric)}
              />
            ))}
          </Fragment>
        ))}
        {facts && <Facts facts={facts} />}
      </tbody>
    </table>
  );
}

interface ScoreRowProps {
  metric: string;
  score: PairScoreJson | undefined;
  isChosen: boolean;
  onChoose(): void;
}

function ScoreRow({ metric, score, isChosen, onChoose }: ScoreRowProps) {
  const { t } = useI18n();
  const share = score?.value == null ? 0 : Math.max(0, Math.min(1, score.value / (score.range[1] ?? 100)));
  return (
    <tr data-chosen={isChosen || undefined}>
      <th scope="row" className={styles.first}>
        <UnstyledButton className={styles.metricName} aria-pressed={isChosen} onClick={onChoose}>
          {metricName(metric)}
          {score?.direction === "lower" && (
            <>
              <span aria-hidden="true"> ↓</span>
              <span className="visually-hidden">, {t.measure.playground.lowerIsBetter}</span>
            </>
          )}
        </UnstyledButton>
      </th>
      <td className={styles.value} title={score?.failure ?? score?.signature}>
        {score ? showScore(score.value, score.range) : "…"}
        <span className={styles.meter} aria-hidden="true">
          <span className={styles.meterFill} style={{ width: `${100 * share}%` }} />
        </span>
      </td>
      <td>{score?.precision == null ? "" : score.precision.toFixed(3)}</td>
      <td>{score?.recall == null ? "" : score.recall.toFixed(3)}</td>
    </tr>
  );
}

function Facts({ facts }: { facts: PairFactsJson }) {
  const { t } = useI18n();
  const words = t.measure.playground;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const lines: [string, string][] = [
    [words.candidateTokens, String(facts.candidateTokens)],
    [words.referenceTokens, facts.referenceTokens.join(", ")],
    [words.compression, facts.compression === null ? "–" : facts.compression.toFixed(2)],
    ...facts.novel.map((share, i): [string, string] => [words.novel(i + 1), percent(share)]),
  ];
  return (
    <>
      <tr className={styles.group}>
        <th scope="rowgroup" colSpan={4} className={styles.first}>
          {words.lengths}
        </th>
      </tr>
      {lines.map(([name, value]) => (
        <tr key={name}>
          <th scope="row" colSpan={3} className={styles.first}>
            {name}
          </th>
          <td>{value}</td>
        </tr>
      ))}
    </>
  );
}
