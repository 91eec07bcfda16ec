import type { CitationJson, DocumentJson } from "@loam/server";
import { Skeleton, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { pageImageUrl, usePageSummaries } from "../../api/documents.ts";
import { numberSources, type Source, type Turn } from "../../ask/turn.ts";
import { whereOf } from "../../components/place.ts";
import { writeRegions } from "../../components/region.ts";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./ask-page.module.css";
import { cropOf } from "./crop.ts";
import { askTexts } from "./texts.ts";

const dpi = 144;

/** What an answer rests on: each source as a piece of its page, with the cited place marked. */
export function EvidencePanel({
  turn,
  citation,
  documents,
}: {
  turn: Turn;
  /** The one that was chosen; it is brought into sight. */
  citation: CitationJson | undefined;
  documents: readonly DocumentJson[];
}) {
  const texts = useTexts(askTexts);
  const { sources } = numberSources(turn.sentences);
  return (
    <aside className={styles.evidence} aria-label={texts.evidence}>
      <Title order={2} size="h3">
        {texts.evidence}
      </Title>
      {sources.length === 0 ? (
        <Text size="sm" c="dimmed">
          {turn.state === "done" ? texts.evidenceNone : texts.evidenceEmpty}
        </Text>
      ) : (
        <ol className={styles.sources}>
          {sources.map((source) => (
            <SourceCard
              key={source.number}
              source={source}
              isChosen={citation !== undefined && source.citations.includes(citation)}
              document={documents.find(({ id }) => id === source.citations[0]!.document)}
            />
          ))}
        </ol>
      )}
    </aside>
  );
}

function SourceCard({
  source,
  isChosen,
  document,
}: {
  source: Source;
  isChosen: boolean;
  document: DocumentJson | undefined;
}) {
  const { t } = useI18n();
  const texts = useTexts(askTexts);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) card.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [isChosen]);
  const [first] = source.citations;
  const where = whereOf(source.citations, t.common);
  const title = document ? document.title || document.name : first!.document;
  return (
    <li ref={card} className={styles.source} data-chosen={isChosen || undefined}>
      <Link
        to="/documents/$id"
        params={{ id: first!.document }}
        search={{ page: first!.page, at: writeRegions(source.citations) }}
        className={styles.sourceLink}
        aria-label={texts.open(title, where)}
      >
        <span className={styles.sourceTitle}>{title}</span>
        <span className={styles.sourcePage}>{where}</span>
      </Link>
      {source.citations.map((place) => (
        <Crop key={`${place.page} ${place.box}`} citation={place} />
      ))}
    </li>
  );
}

function Crop({ citation: { document, page, box, quote } }: { citation: CitationJson }) {
  const { t } = useI18n();
  const texts = useTexts(askTexts);
  const pages = usePageSummaries(document);
  const size = pages.data?.find(({ number }) => number === page);
  if (pages.status === "error" || (pages.data && !size))
    return <blockquote className={styles.quote}>{quote}</blockquote>;
  if (!size) return <Skeleton height={90} />;
  const { x, y, width, height } = cropOf(box, { width: size.widthPt, height: size.heightPt });
  return (
    <svg
      viewBox={`${x} ${y} ${width} ${height}`}
      className={styles.crop}
      role="img"
      aria-label={texts.crop(t.common.pageShort(page))}
    >
      <title>{quote}</title>
      <image href={pageImageUrl(document, page, dpi)} width={size.widthPt} height={size.heightPt} />
      <rect
        className={styles.mark}
        x={box[0] - 2}
        y={box[1] - 2}
        width={box[2] - box[0] + 4}
        height={box[3] - box[1] + 4}
        rx={2}
      />
    </svg>
  );
}
