import type { CitationJson, DocumentJson } from "@loam/server";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useFigures } from "../api/documents.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { AnswerView } from "./answer-view.tsx";
import styles from "./ask.module.css";
import { QuestionForm } from "./question-form.tsx";
import { answerNumber } from "./turn.ts";
import { useAsk } from "./use-ask.ts";

interface AskPanelProps {
  document: DocumentJson;
  conversation: string | undefined;
  onConversation: (id: string | undefined) => void;
  /** A citation was chosen: its places, one or two. */
  onShow: (citations: readonly CitationJson[]) => void;
}

/** Questions to a document, with answers that stream in. */
export function AskPanel({ document, conversation, onConversation, onShow }: AskPanelProps) {
  const { t } = useI18n();
  const { turns, busy, restoring, ask, stop, reset } = useAsk({
    documents: [document.id],
    conversation,
    onConversation,
  });
  const end = useRef<HTMLDivElement>(null);
  const progress = turns.at(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the text as it grows
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [turns.length, progress?.sentences.length, progress?.state]);
  return (
    <div className={styles.panel}>
      <div className={styles.log} role="log" aria-label={t.ask.log} aria-busy={busy}>
        {turns.length === 0 && !restoring && <Invitation document={document.id} onAsk={ask} />}
        {turns.map((turn, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end
          <section key={index} className={styles.turn}>
            <p className={styles.question}>{turn.question}</p>
            <AnswerView
              turn={turn}
              number={answerNumber(turns, index)}
              onShow={onShow}
              onRetry={() => ask(turn.question)}
            />
          </section>
        ))}
        <div ref={end} />
      </div>
      {turns.length > 0 && !busy && (
        <Group px="md" pb={4}>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={reset}>
            {t.ask.newConversation}
          </Button>
        </Group>
      )}
      <QuestionForm placeholder={t.ask.placeholder} busy={busy} onAsk={ask} onStop={stop} />
    </div>
  );
}

/** What can be asked, before anything is: also about the figures that this document has. */
function Invitation({ document, onAsk }: { document: string; onAsk: (question: string) => void }) {
  const { t } = useI18n();
  const figures = useFigures(document);
  const labels = [...new Set((figures.data ?? []).flatMap(({ label }) => (label ? [label] : [])))].slice(0, 3);
  return (
    <Stack gap="sm" p="md" pt="xl">
      <Title order={2}>{t.ask.title}</Title>
      <Text c="dimmed">{t.ask.body}</Text>
      <Stack gap={6} align="flex-start">
        {labels.map((label) => (
          <Button key={label} variant="default" size="xs" radius="xl" onClick={() => onAsk(t.ask.aboutFigure(label))}>
            {t.ask.aboutFigure(label)}
          </Button>
        ))}
      </Stack>
    </Stack>
  );
}
