import type { RecommendationJson } from "@loam/server";
import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { useGiveFeedback } from "../../api/catalogues.ts";
import { DislikeIcon, LikeIcon, SeenIcon, SimilarIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { BookCover } from "./book-cover.tsx";
import styles from "./recommend.module.css";

interface BookCardProps {
  catalogue: string;
  recommendation: RecommendationJson;
  onSimilar: (id: string) => void;
}

const kinds = [
  ["like", LikeIcon],
  ["dislike", DislikeIcon],
  ["seen", SeenIcon],
] as const;

/** A book that is recommended: what it is, why, how alike, and what one thinks of it. */
export function BookCard({ catalogue, recommendation, onSimilar }: BookCardProps) {
  const { t } = useI18n();
  const { book, similarity, feedback } = recommendation;
  const give = useGiveFeedback(catalogue);
  return (
    <li className={styles.card} data-feedback={feedback}>
      <BookCover id={book.id} title={book.title} author={book.authors[0]} />
      <div className={styles.cardBody}>
        <div>
          <Text component="h2" className={styles.cardTitle}>
            {book.title}
          </Text>
          <Text size="sm" c="dimmed" lineClamp={1}>
            {[
              book.authors.slice(0, 3).join(", "),
              book.year,
              book.rating === undefined ? undefined : `★ ${book.rating}`,
            ]
              .filter((part) => part !== undefined && part !== "")
              .join(" · ")}
          </Text>
        </div>
        <Reason recommendation={recommendation} />
        <Group gap={2} mt="auto" wrap="nowrap">
          {similarity > 0 && (
            <Tooltip
              label={t.recommend.similarityHelp}
              multiline
              maw={260}
              events={{ hover: true, focus: true, touch: false }}
            >
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its explanation can be reached by the keyboard */}
              <div className={styles.similarity} tabIndex={0}>
                <span className={styles.meter} style={{ "--share": similarity } as React.CSSProperties} />
                {Math.round(similarity * 100)}%<span className="visually-hidden"> {t.recommend.similarity}</span>
              </div>
            </Tooltip>
          )}
          <Group gap={0} ml="auto" wrap="nowrap">
            <IconAction
              label={t.recommend.similarLabel(book.title)}
              tip={t.recommend.similar}
              onClick={() => onSimilar(book.id)}
            >
              <SimilarIcon />
            </IconAction>
            {kinds.map(([kind, Icon]) => (
              <IconAction
                key={kind}
                label={t.recommend.feedbackLabel(t.recommend[kind], book.title)}
                tip={t.recommend[kind]}
                pressed={feedback === kind}
                onClick={() => give.mutate({ item: book.id, kind: feedback === kind ? "clear" : kind })}
              >
                <Icon />
              </IconAction>
            ))}
          </Group>
        </Group>
      </div>
    </li>
  );
}

function IconAction({
  label,
  tip,
  pressed,
  onClick,
  children,
}: {
  label: string;
  tip: string;
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <Tooltip label={tip} openDelay={300}>
      <ActionIcon
        variant={pressed ? "light" : "subtle"}
        color={pressed ? "moss" : "gray"}
        size="lg"
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** What speaks for a book: its own words that match, by field, or what else it rests on. */
function Reason({ recommendation: { matches, basis } }: { recommendation: RecommendationJson }) {
  const { t } = useI18n();
  const fields = (["liked", "tag", "title", "author", "description"] as const).flatMap((field) => {
    const found = [...new Set(matches.filter((match) => match.field === field).map(({ text }) => text))];
    return found.length > 0 ? [{ field, found }] : [];
  });
  if (fields.length === 0)
    return (
      <Text size="sm" className={styles.reason}>
        {t.recommend.basis[basis]}
      </Text>
    );
  return (
    <dl className={styles.reasons}>
      {fields.slice(0, 2).map(({ field, found }) => (
        <div key={field}>
          <dt>{t.recommend.matches[field]}</dt>
          {found.slice(0, field === "tag" ? 4 : 2).map((text) => (
            <dd key={text} data-field={field}>
              {text}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
