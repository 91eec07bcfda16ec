import type { CitationJson, SentenceJson, StoredSummaryJson } from "@loam/server";
import { Anchor, Badge, Group, Spoiler, Stack, Text, Title, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { pageImageUrl, usePageSummaries } from "../../api/documents.ts";
import { writeRegions } from "../../components/region.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./summaries.module.css";

/** The sentences, each of which can be asked for its evidence. */
export function Sentences({
  sentences,
  style,
  chosen,
  onChoose,
}: {
  sentences: readonly SentenceJson[];
  style: StoredSummaryJson["style"];
  chosen?: number;
  onChoose?: (index: number) => void;
}) {
  const { t } = useI18n();
  const keys = new Map<string, number>();
  const parts = sentences.map(({ text, citations }, index) => {
    const supported = citations.length > 0;
    keys.set(text, (keys.get(text) ?? 0) + 1);
    const key = `${keys.get(text)} ${text}`;
    const button = (
      <button
        key={key}
        type="button"
        className={styles.sentence}
        aria-pressed={onChoose && chosen === index}
        data-supported={supported}
        title={supported ? t.summaries.showEvidence(index + 1) : t.summaries.unsupported}
        onClick={() => onChoose?.(index)}
      >
        {text}
      </button>
    );
    return style === "bullets" ? (
      <li key={key} className={styles.item}>
        {button}
      </li>
    ) : (
      <span key={key}>{button} </span>
    );
  });
  return style === "bullets" ? <ul className={styles.text}>{parts}</ul> : <p className={styles.text}>{parts}</p>;
}

/** A kept summary with its evidence, scores and the paper's own abstract. */
export function SummaryView({ summary }: { summary: StoredSummaryJson }) {
  const { t, format } = useI18n();
  const first = summary.sentences.findIndex(({ citations }) => citations.length > 0);
  const [chosen, setChosen] = useState(Math.max(0, first));
  const { mode, model, unsupported } = summary;
  return (
    <div className={styles.columns}>
      <Stack>
        <section className={`surface ${styles.panel}`} aria-label={t.summaries.title}>
          <Group justify="space-between" mb={10} gap={6}>
            <Title order={2} size="h3">
              {summary.documentTitle}
            </Title>
            <Tooltip
              label={t.summaries.modeHelp[mode]}
              multiline
              maw={320}
              events={{ hover: true, focus: true, touch: true }}
            >
              <Badge variant="light" color={mode === "generated" ? "moss" : "water"} tt="none" tabIndex={0}>
                {mode === "generated" ? t.summaries.modes.generated(model) : t.summaries.modes.extractive}
              </Badge>
            </Tooltip>
          </Group>
          <Sentences sentences={summary.sentences} style={summary.style} chosen={chosen} onChoose={setChosen} />
          <Text size="xs" c="dimmed" mt={12}>
            {t.summaries.facts(format.integer(summary.words), format.duration(summary.ms))} ·{" "}
            {format.ago(summary.createdAt)}
            {unsupported > 0 && ` · ${t.summaries.unsupportedCount(unsupported)}`}
            {summary.trace && (
              <>
                {" · "}
                <Link to="/traces/$id" params={{ id: summary.trace }} style={{ color: "inherit" }}>
                  {t.ask.trace}
                </Link>
              </>
            )}
          </Text>
        </section>
        <Scores summary={summary} />
      </Stack>
      <Evidence summary={summary} sentence={summary.sentences[chosen]} />
    </div>
  );
}

/** The page that bears a sentence out, with the place marked. */
function Evidence({ summary, sentence }: { summary: StoredSummaryJson; sentence: SentenceJson | undefined }) {
  const { t } = useI18n();
  const citations = sentence?.citations ?? [];
  const pages = [...new Set(citations.map(({ page }) => page))].slice(0, 2);
  return (
    <section className={`surface ${styles.panel}`} aria-label={t.summaries.evidence} aria-live="polite">
      <Group justify="space-between" mb={10}>
        <Title order={2} size="h3">
          {t.summaries.evidence}
        </Title>
        {citations.length > 0 && (
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link
                to="/documents/$id"
                params={{ id: summary.document }}
                search={{ page: citations[0]!.page, at: writeRegions(citations) }}
                {...props}
              />
            )}
          >
            {t.summaries.openDocument}
          </Anchor>
        )}
      </Group>
      {citations.length === 0 ? (
        <Text c="dimmed">{sentence ? t.summaries.unsupported : t.summaries.evidenceStart}</Text>
      ) : (
        <Stack gap="sm">
          <Text size="sm" fs="italic" lineClamp={5}>
            “{citations[0]!.quote}”
          </Text>
          {pages.map((page) => (
            <MarkedPage
              key={page}
              document={summary.document}
              page={page}
              citations={citations.filter((citation) => citation.page === page)}
            />
          ))}
        </Stack>
      )}
    </section>
  );
}

function MarkedPage({ document, page, citations }: { document: string; page: number; citations: CitationJson[] }) {
  const { t } = useI18n();
  const sizes = usePageSummaries(document);
  const size = sizes.data?.find(({ number }) => number === page);
  const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return (
    <figure style={{ margin: 0 }}>
      <div className={styles.page}>
        <img
          src={pageImageUrl(document, page, 110)}
          alt={t.summaries.pageImage(page)}
          style={size && { aspectRatio: `${size.widthPt} / ${size.heightPt}` }}
        />
        {size &&
          citations.map(({ box: [x0, y0, x1, y1] }) => (
            <mark
              key={`${x0},${y0},${x1},${y1}`}
              data-page={page}
              style={{
                left: percent(x0, size.widthPt),
                top: percent(y0, size.heightPt),
                width: percent(x1 - x0, size.widthPt),
                height: percent(y1 - y0, size.heightPt),
              }}
            />
          ))}
      </div>
      <Text component="figcaption" size="xs" c="dimmed" mt={4}>
        {t.common.page(page)}
      </Text>
    </figure>
  );
}

/** Their names are the same in every language. */
const metrics = [
  ["rouge1", "ROUGE-1"],
  ["rouge2", "ROUGE-2"],
  ["rougeL", "ROUGE-L"],
  ["bertScore", "BERTScore"],
] as const;

/** How close the summary comes to the abstract of the paper, and that abstract. */
export function Scores({ summary: { scores, reference } }: { summary: StoredSummaryJson }) {
  const { t } = useI18n();
  return (
    <section className={`surface ${styles.panel}`} aria-label={t.summaries.scores}>
      <Title order={2} size="h3" mb={4}>
        {t.summaries.scores}
      </Title>
      {scores ? (
        <>
          <Text size="sm" c="dimmed" mb={12}>
            {t.summaries.scoresHelp}
          </Text>
          <dl className={styles.scores}>
            {metrics.map(([name, label]) => {
              const { precision, recall, f } = scores.scores[name];
              return (
                <ScoreRow
                  key={name}
                  name={label}
                  help={`${t.summaries.metricHelp[name]}; ${t.summaries.precisionRecall(precision.toFixed(3), recall.toFixed(3))}`}
                  value={f}
                />
              );
            })}
          </dl>
          {reference && (
            <Spoiler maxHeight={66} showLabel={t.summaries.abstract} hideLabel={t.common.close} mt={14}>
              <Text size="sm">{reference.text}</Text>
            </Spoiler>
          )}
        </>
      ) : (
        <Text c="dimmed">{t.summaries.noReference}</Text>
      )}
    </section>
  );
}

function ScoreRow({ name, help, value }: { name: string; help: string; value: number }) {
  return (
    <>
      <dt title={help}>{name}</dt>
      <dd style={{ margin: 0 }} className={styles.meter} aria-hidden="true">
        <span style={{ width: `${Math.max(0, value) * 100}%` }} />
      </dd>
      <dd style={{ margin: 0 }} title={help}>
        {value.toFixed(3)}
      </dd>
    </>
  );
}
