import type { CitationJson, DocumentJson } from "@loam/server";
import { ActionIcon, Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useFigures } from "../api/documents.ts";
import { SendIcon, StopIcon } from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { AnswerView } from "./answer-view.tsx";
import styles from "./ask.module.css";
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
            <AnswerView turn={turn} onShow={onShow} onRetry={() => ask(turn.question)} />
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
      <QuestionForm busy={busy} onAsk={ask} onStop={stop} />
    </div>
  );
}

function QuestionForm({
  busy,
  onAsk,
  onStop,
}: {
  busy: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}) {
  const { t } = useI18n();
  const [question, setQuestion] = useState("");
  function submit(event?: FormEvent) {
    event?.preventDefault();
    const text = question.trim();
    if (text === "" || busy) return;
    setQuestion("");
    onAsk(text);
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <Textarea
        value={question}
        onChange={(event) => setQuestion(event.currentTarget.value)}
        onKeyDown={(event) => {
          // While an input method is composing, Enter chooses a word.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
        placeholder={t.ask.placeholder}
        aria-label={t.ask.placeholder}
        autosize
        minRows={1}
        maxRows={6}
        flex={1}
        maxLength={4000}
      />
      {busy ? (
        <ActionIcon size={36} variant="light" color="clay" onClick={onStop} aria-label={t.ask.stop}>
          <StopIcon />
        </ActionIcon>
      ) : (
        <ActionIcon size={36} type="submit" aria-label={t.ask.send} disabled={question.trim() === ""}>
          <SendIcon />
        </ActionIcon>
      )}
    </form>
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
