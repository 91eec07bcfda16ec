import type { CitationJson, DocumentJson } from "@loam/server";
import { Button, Container, Group, Stack, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useDocuments } from "../../api/documents.ts";
import { AnswerView } from "../../ask/answer-view.tsx";
import { QuestionForm } from "../../ask/question-form.tsx";
import { answerNumber } from "../../ask/turn.ts";
import { useAsk } from "../../ask/use-ask.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./ask-page.module.css";
import { EvidencePanel } from "./evidence-panel.tsx";
import { SourceChips } from "./source-chips.tsx";
import { askTexts } from "./texts.ts";

const route = getRouteApi("/");

/** One box for everything that was read: answers on the left, what they rest on at the right. */
export function AskPage() {
  const texts = useTexts(askTexts);
  const documents = useDocuments();
  return (
    <Container size="xl" py="xl">
      <PageHeader title={texts.title} intro={texts.intro} />
      {documents.status === "pending" && <ListSkeleton rows={2} />}
      {documents.status === "error" && <InlineError error={documents.error} onRetry={documents.refetch} />}
      {documents.status === "success" &&
        (documents.data.length === 0 ? (
          <EmptyState title={texts.emptyTitle} body={texts.emptyBody}>
            <Button mt="sm" renderRoot={(props) => <Link to="/library" {...props} />}>
              {texts.toLibrary}
            </Button>
          </EmptyState>
        ) : (
          <Conversation documents={documents.data} />
        ))}
    </Container>
  );
}

function Conversation({ documents }: { documents: readonly DocumentJson[] }) {
  const { t } = useI18n();
  const texts = useTexts(askTexts);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const within = search.in?.split(",").filter((id) => documents.some((document) => document.id === id)) ?? [];
  const { turns, busy, restoring, ask, stop, reset } = useAsk({
    documents: within.length > 0 ? within : undefined,
    conversation: search.conversation,
    onConversation: (conversation) => navigate({ search: (old) => ({ ...old, conversation }), replace: true }),
  });
  const [chosen, setChosen] = useState<{ turn: number; citation?: CitationJson }>();
  const end = useRef<HTMLDivElement>(null);
  const last = turns.at(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the text as it grows
  useEffect(() => {
    if (turns.length > 1) void end.current?.scrollIntoView({ block: "nearest" });
  }, [turns.length, last?.sentences.length]);
  const shown = chosen && chosen.turn < turns.length ? chosen : { turn: turns.length - 1, citation: undefined };
  const reading = documents.filter(({ status }) => status === "queued" || status === "reading").length;
  return (
    <div className={styles.split} data-asked={turns.length > 0 || undefined}>
      <div className={styles.left}>
        <SourceChips
          documents={documents}
          chosen={within}
          onChoose={(ids) =>
            navigate({ search: (old) => ({ ...old, in: ids.length > 0 ? ids.join(",") : undefined }), replace: true })
          }
        />
        {reading > 0 && (
          <Text size="sm" c="dimmed">
            {texts.reading(reading)}
          </Text>
        )}
        {turns.length === 0 && !restoring && (
          <Stack gap={6} my="md">
            <Text size="sm" c="dimmed">
              {texts.tryOne}
            </Text>
            <Group gap={8}>
              {texts.examples.map((example) => (
                <Button key={example} variant="default" size="xs" radius="xl" onClick={() => ask(example)}>
                  {example}
                </Button>
              ))}
            </Group>
          </Stack>
        )}
        <div className={styles.log} role="log" aria-label={t.ask.log} aria-busy={busy}>
          {turns.map((turn, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end
            <section key={index} className={styles.turn}>
              <h2 className={styles.question}>{turn.question}</h2>
              <AnswerView
                turn={turn}
                number={answerNumber(turns, index)}
                onShow={([citation]) => setChosen({ turn: index, citation })}
                onRetry={() => ask(turn.question)}
              />
            </section>
          ))}
          <div ref={end} />
        </div>
        {turns.length > 0 && !busy && (
          <Group>
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              onClick={() => {
                setChosen(undefined);
                reset();
              }}
            >
              {t.ask.newConversation}
            </Button>
          </Group>
        )}
        <div className={styles.form}>
          <QuestionForm
            placeholder={texts.placeholder}
            busy={busy}
            onAsk={(question) => {
              setChosen(undefined);
              ask(question);
            }}
            onStop={stop}
          />
        </div>
      </div>
      {turns.length > 0 && <EvidencePanel turn={turns[shown.turn]!} citation={shown.citation} documents={documents} />}
    </div>
  );
}
