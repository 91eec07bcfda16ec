import type { SearchHitJson } from "@loam/server";
import { Badge, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { figureImageUrl, useDocuments } from "../../api/documents.ts";
import { documentTitle } from "../../components/document-title.ts";
import { whereOf } from "../../components/place.ts";
import { writeRegions } from "../../components/region.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./search.module.css";
import { toSnippet } from "./snippet.ts";

const kindColors = { text: "water", figure: "clay", table: "clay" } as const;

export function HitList({ hits, query }: { hits: readonly SearchHitJson[]; query: string }) {
  return (
    <ol className={styles.list}>
      {hits.map((hit) => (
        <Hit key={hit.chunk.id} hit={hit} query={query} />
      ))}
    </ol>
  );
}

function Hit({ hit: { chunk, document, ranks, place }, query }: { hit: SearchHitJson; query: string }) {
  const { t, format } = useI18n();
  const documents = useDocuments();
  const known = documents.data?.find(({ id }) => id === document);
  const title = known ? documentTitle(known, documents.data ?? [], format.dateTime) : document;
  const page = chunk.regions[0]?.page ?? 1;
  return (
    <li className={styles.hit}>
      {chunk.figure && chunk.kind !== "text" && (
        <img className={styles.figure} src={figureImageUrl(document, chunk.figure)} alt="" loading="lazy" />
      )}
      <div className={styles.text}>
        <Group gap={8} mb={4}>
          <Link
            to="/documents/$id"
            params={{ id: document }}
            search={{ page, at: writeRegions(chunk.regions) }}
            className={styles.title}
            aria-label={t.search.open(title, page)}
          >
            {title}
          </Link>
          <Text size="sm" c="dimmed">
            {whereOf(
              chunk.regions.map(({ page }) => ({ page, place })),
              t.common,
            )}
          </Text>
          <Badge size="sm" variant="light" color={kindColors[chunk.kind]} tt="none">
            {t.search.kind[chunk.kind]}
          </Badge>
        </Group>
        {chunk.headings.length > 0 && (
          <Text size="xs" c="dimmed" mb={2}>
            {chunk.headings.join(" › ")}
          </Text>
        )}
        <Text size="sm" className={styles.snippet}>
          {toSnippet(chunk.text, query).map((part, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, in order
            part.match ? <mark key={index}>{part.text}</mark> : part.text,
          )}
        </Text>
        <Group gap={10} mt={4}>
          {ranks.vector !== undefined && (
            <Text size="xs" c="dimmed">
              {t.search.ranks.vector(ranks.vector)}
            </Text>
          )}
          {ranks.keyword !== undefined && (
            <Text size="xs" c="dimmed">
              {t.search.ranks.keyword(ranks.keyword)}
            </Text>
          )}
        </Group>
      </div>
    </li>
  );
}
