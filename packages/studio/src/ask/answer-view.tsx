import type { AnswerJson, CitationJson } from "@loam/server";
import { Badge, CopyButton, Group, Loader, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { InlineError } from "../components/inline-error.tsx";
import { whereOf } from "../components/place.ts";
import { useI18n } from "../i18n/i18n.tsx";
import styles from "./ask.module.css";
import { SaveAnswer } from "./save-answer.tsx";
import { numberSources, type Source, type Turn } from "./turn.ts";

interface AnswerViewProps {
  turn: Turn;
  /** Which answer of its conversation it is, from 1. */
  number: number;
  onShow: (citations: readonly CitationJson[]) => void;
  onRetry: () => void;
}

/** An answer as far as it has come: sentences with their citations, then what it rests on. */
export function AnswerView({ turn, number, onShow, onRetry }: AnswerViewProps) {
  const { t } = useI18n();
  const { sources, bySentence } = numberSources(turn.sentences);
  if (turn.state === "failed") return <InlineError error={turn.error} onRetry={onRetry} />;
  return (
    <div className={styles.answer}>
      {(turn.sentences.length > 0 || turn.pending !== "") && (
        <p className={styles.sentences}>
          {turn.sentences.map((sentence, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: sentences are only ever added at the end
            <span key={index} className={styles.sentence}>
              {sentence.text}
              {bySentence[index]!.map((number) => (
                <CitationMark key={number} source={sources[number - 1]!} onShow={onShow} />
              ))}
              {sentence.unsupported && (
                <span className={styles.doubt}>{t.ask.unsupported(sentence.unsupported)}</span>
              )}{" "}
            </span>
          ))}
          {turn.pending}
        </p>
      )}
      {(turn.state === "searching" || turn.state === "writing") && (
        <Group gap="xs" role="status">
          <Loader size="xs" type="dots" />
          <Text size="sm" c="dimmed">
            {turn.state === "searching" ? t.ask.searching : t.ask.writing}
          </Text>
        </Group>
      )}
      {turn.state === "stopped" && (
        <Text size="sm" c="dimmed">
          {t.ask.stopped}
        </Text>
      )}
      {turn.answer?.refusal && <Nearest refusal={turn.answer.refusal} onShow={onShow} />}
      {turn.answer && <AnswerFoot answer={turn.answer} number={number} />}
    </div>
  );
}

function CitationMark({ source, onShow }: { source: Source; onShow: AnswerViewProps["onShow"] }) {
  const { t } = useI18n();
  const where = whereOf(source.citations, t.common);
  return (
    <Tooltip
      label={source.citations[0]!.quote}
      multiline
      maw={360}
      position="bottom"
      openDelay={400}
      events={{ hover: true, focus: true, touch: false }}
    >
      <UnstyledButton
        className={styles.citation}
        data-kind={source.citations[0]!.kind}
        onClick={() => onShow(source.citations)}
        aria-label={t.ask.citation(source.number, where)}
      >
        {where}
      </UnstyledButton>
    </Tooltip>
  );
}

/** What came nearest to a question that the documents do not answer. */
function Nearest({
  refusal,
  onShow,
}: {
  refusal: NonNullable<AnswerJson["refusal"]>;
  onShow: AnswerViewProps["onShow"];
}) {
  const { t } = useI18n();
  const { sources, bySentence } = numberSources(refusal.nearest);
  if (refusal.nearest.length === 0) return null;
  return (
    <section className={styles.nearest} aria-label={t.ask.nearest}>
      <Text size="xs" c="dimmed">
        {t.ask.nearest}
      </Text>
      <ul>
        {refusal.nearest.map(({ text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change
          <li key={index}>
            {text}
            {bySentence[index]!.map((number) => (
              <CitationMark key={number} source={sources[number - 1]!} onShow={onShow} />
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function AnswerFoot({ answer, number }: { answer: AnswerJson; number: number }) {
  const { t, format } = useI18n();
  const help = answer.mode === "generated" ? t.ask.modeHelp.generated(answer.model) : t.ask.modeHelp[answer.mode];
  return (
    <Group gap={8} className={styles.foot}>
      <Tooltip label={help} multiline maw={320}>
        <Badge variant="light" color={answer.mode === "refused" ? "clay" : "moss"} tt="none" tabIndex={0}>
          {t.ask.modes[answer.mode]}
        </Badge>
      </Tooltip>
      <Text size="xs" c="dimmed">
        {format.duration(answer.ms)}
      </Text>
      {answer.trace && (
        <Link to="/traces/$id" params={{ id: answer.trace }} className={styles.footLink}>
          {t.ask.trace}
        </Link>
      )}
      <CopyButton value={answer.answer}>
        {({ copied, copy }) => (
          <UnstyledButton className={styles.footLink} onClick={copy}>
            {copied ? t.common.copied : t.common.copy}
          </UnstyledButton>
        )}
      </CopyButton>
      <SaveAnswer answer={answer} turn={number} />
      {answer.cut && (
        <Text size="xs" c="dimmed">
          {t.ask.cut}
        </Text>
      )}
      {answer.removedCitations > 0 && (
        <Text size="xs" c="dimmed">
          {t.ask.removed(answer.removedCitations)}
        </Text>
      )}
    </Group>
  );
}
