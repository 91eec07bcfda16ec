import type { CitationJson, DocumentJson } from "@loam/server";
import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { numberSources, type Source, type Turn } from "../../ask/turn.ts";
import { documentTitle } from "../../components/document-title.ts";
import { PageCrop } from "../../components/page-crop.tsx";
import { whereOf } from "../../components/place.ts";
import { writeRegions } from "../../components/region.ts";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./ask-page.module.css";
import { askTexts } from "./texts.ts";

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
              documents={documents}
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
  documents,
}: {
  source: Source;
  isChosen: boolean;
  documents: readonly DocumentJson[];
}) {
  const { t, format } = useI18n();
  const texts = useTexts(askTexts);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) card.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [isChosen]);
  const [first] = source.citations;
  const where = whereOf(source.citations, t.common);
  const document = documents.find(({ id }) => id === first!.document);
  const title = document ? documentTitle(document, documents, format.dateTime) : first!.document;
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
        <PageCrop key={`${place.page} ${place.box}`} place={place} label={texts.crop(t.common.pageShort(place.page))} />
      ))}
    </li>
  );
}
