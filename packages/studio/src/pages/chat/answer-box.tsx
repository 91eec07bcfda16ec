import { Button, Loader, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { InlineError } from "../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { type Answer, doubtOf, type Token, tokensPerSecond } from "./answer.ts";
import styles from "./chat.module.css";
import { chatTexts } from "./texts.ts";

/** What a model has said, with its tokens, calls, speed and end. */
export function AnswerBox({
  answer,
  isLast,
  onAgain,
  onOutputs,
}: {
  answer: Answer;
  isLast: boolean;
  onAgain: () => void;
  onOutputs: (outputs: readonly string[]) => void;
}) {
  const texts = useTexts(chatTexts);
  if (answer.state === "failed") return <InlineError error={answer.error} onRetry={onAgain} />;
  const isOver = answer.state === "done" || answer.state === "stopped";
  return (
    <div className={styles.answer}>
      {answer.reasoning !== "" && (
        <details className={styles.reasoning}>
          <summary>{texts.reasoning}</summary>
          {answer.reasoning}
        </details>
      )}
      {answer.tokens.length > 0
        ? answer.tokens.map((token, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tokens are only ever added at the end
            <TokenView key={index} token={token} />
          ))
        : answer.text}
      {answer.state === "waiting" && (
        <Text size="sm" c="dimmed" component="span" role="status">
          <Loader size="xs" type="dots" component="span" /> {texts.waiting}
        </Text>
      )}
      {answer.calls.length > 0 && <Calls answer={answer} isOpen={isLast && isOver} onOutputs={onOutputs} />}
      {isOver && <Foot answer={answer} onAgain={onAgain} />}
    </div>
  );
}

/** A token on a ground as strong as the model's doubt. */
function TokenView({ token: { text, logprob, others } }: { token: Token }) {
  const texts = useTexts(chatTexts);
  const percent = (value: number) => `${Math.round(100 * Math.exp(value))}%`;
  const rest = others.map((other) => `“${other.text}” ${percent(other.logprob)}`).join(", ");
  return (
    <Tooltip label={texts.token(percent(logprob), rest)} multiline maw={320} openDelay={150}>
      <span className={styles.token} style={{ "--doubt": doubtOf(logprob).toFixed(2) } as React.CSSProperties}>
        {text}
      </span>
    </Tooltip>
  );
}

/** Functions that were asked for; whoever sits here says what they gave. */
function Calls({
  answer,
  isOpen,
  onOutputs,
}: {
  answer: Answer;
  isOpen: boolean;
  onOutputs: (outputs: readonly string[]) => void;
}) {
  const texts = useTexts(chatTexts);
  const [outputs, setOutputs] = useState<Record<number, string>>({});
  function submit(event: FormEvent) {
    event.preventDefault();
    onOutputs(answer.calls.map((_, index) => outputs[index] ?? ""));
  }
  return (
    <form className={styles.calls} onSubmit={submit}>
      <Text size="sm" fw={600}>
        {texts.calls}
      </Text>
      <Stack gap="xs">
        {answer.calls.map(({ id, function: { name, arguments: given } }, index) => (
          <div key={id || index}>
            <code className={styles.call}>
              {name}({given})
            </code>
            {isOpen && (
              <TextInput
                size="xs"
                mt={4}
                label={texts.output(name)}
                value={outputs[index] ?? ""}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setOutputs((known) => ({ ...known, [index]: value }));
                }}
              />
            )}
          </div>
        ))}
        {isOpen && (
          <Button type="submit" size="xs" variant="light" style={{ alignSelf: "flex-start" }}>
            {texts.sendOutputs}
          </Button>
        )}
      </Stack>
    </form>
  );
}

function Foot({ answer, onAgain }: { answer: Answer; onAgain: () => void }) {
  const { format } = useI18n();
  const texts = useTexts(chatTexts);
  const { promptTokens, completionTokens, firstMs, finishReason, state } = answer;
  const speed = tokensPerSecond(answer);
  const facts = [
    state === "stopped" && firstMs !== undefined && texts.stopped,
    speed !== undefined && texts.speed(speed.toFixed(1)),
    promptTokens !== undefined && texts.tokensUsed(format.integer(promptTokens), format.integer(completionTokens ?? 0)),
    firstMs !== undefined && texts.firstAfter(format.duration(firstMs)),
    finishReason !== undefined && (texts.finish[finishReason] ?? finishReason),
  ].filter(Boolean);
  return (
    <div className={styles.foot}>
      <span>{facts.join(" · ")}</span>
      <button type="button" className={styles.textButton} onClick={onAgain}>
        {texts.again}
      </button>
    </div>
  );
}
