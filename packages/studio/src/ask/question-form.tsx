import { ActionIcon, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { SendIcon, StopIcon } from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import styles from "./ask.module.css";

/** A line for a question; Enter sends it. */
export function QuestionForm({
  placeholder,
  initial = "",
  busy,
  canStop = busy,
  onAsk,
  onStop,
}: {
  placeholder: string;
  /** What stands in it at first. */
  initial?: string;
  /** Nothing can be sent now. */
  busy: boolean;
  canStop?: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}) {
  const { t } = useI18n();
  const [question, setQuestion] = useState(initial);
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
        placeholder={placeholder}
        aria-label={placeholder}
        autosize
        minRows={1}
        maxRows={6}
        flex={1}
        maxLength={4000}
      />
      {canStop ? (
        <ActionIcon size={36} variant="light" color="clay" onClick={onStop} aria-label={t.ask.stop}>
          <StopIcon />
        </ActionIcon>
      ) : (
        <ActionIcon size={36} type="submit" aria-label={t.ask.send} disabled={busy || question.trim() === ""}>
          <SendIcon />
        </ActionIcon>
      )}
    </form>
  );
}
