import { ActionIcon, Stack, Text, Title } from "@mantine/core";
import { useFeedback, useGiveFeedback, useRecommendations } from "../../api/catalogues.ts";
import { CloseIcon, DislikeIcon, LikeIcon, SeenIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { BookList, type PanelProps, toRequest } from "./describe-panel.tsx";
import styles from "./recommend.module.css";

const icons = { like: LikeIcon, dislike: DislikeIcon, seen: SeenIcon };

/** What was said so far, and the books that follow from it. */
export function ForYouPanel({ catalogue, search, onChange }: PanelProps) {
  const { t } = useI18n();
  const feedback = useFeedback(catalogue.id);
  const give = useGiveFeedback(catalogue.id);
  const results = useRecommendations(catalogue.id, toRequest(search, "forYou"));
  return (
    <Stack gap="lg">
      <section aria-labelledby="said">
        <Title order={2} id="said" size="h3" mb={8}>
          {t.recommend.history}
        </Title>
        {feedback.data && feedback.data.length > 0 ? (
          <ul className={styles.history}>
            {feedback.data.map(({ book, kind }) => {
              const Icon = icons[kind];
              return (
                <li key={book.id} data-kind={kind}>
                  <Icon aria-label={t.recommend[kind]} aria-hidden={false} role="img" />
                  <span>{book.title}</span>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    radius="xl"
                    aria-label={`${t.recommend.undo}: ${book.title}`}
                    onClick={() => give.mutate({ item: book.id, kind: "clear" })}
                  >
                    <CloseIcon />
                  </ActionIcon>
                </li>
              );
            })}
          </ul>
        ) : (
          <Text c="dimmed" maw={620}>
            {t.recommend.historyEmpty}
          </Text>
        )}
      </section>
      <BookList catalogue={catalogue} results={results} onChange={onChange} />
    </Stack>
  );
}
