import { ActionIcon, Select, Text } from "@mantine/core";
import type { ServedModel } from "../../api/openai.ts";
import { CloseIcon } from "../../components/icons.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { AnswerBox } from "./answer-box.tsx";
import styles from "./chat.module.css";
import type { ChatMessage } from "./request.ts";
import { chatTexts } from "./texts.ts";
import type { Column } from "./use-columns.ts";

interface ColumnViewProps {
  column: Column;
  models: readonly ServedModel[];
  canRemove: boolean;
  onModel: (model: string) => void;
  onRemove: () => void;
  onEdit: (turn: number, text: string) => void;
  onAgain: (turn: number) => void;
  onOutputs: (outputs: readonly string[]) => void;
}

/** One conversation: who it is with, and what was said. */
export function ColumnView({ column, models, canRemove, onModel, onRemove, ...actions }: ColumnViewProps) {
  const texts = useTexts(chatTexts);
  return (
    <section className={styles.column}>
      <div className={styles.columnHead}>
        <Select
          aria-label={texts.model}
          data={models.map(({ id }) => ({ value: id, label: shortName(id) }))}
          value={column.model}
          onChange={(value) => value && onModel(value)}
          allowDeselect={false}
          searchable={models.length > 8}
          flex={1}
          title={column.model}
        />
        {canRemove && (
          <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={texts.removeColumn(column.model)}>
            <CloseIcon />
          </ActionIcon>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className={styles.log} role="log" aria-label={texts.log(shortName(column.model))} tabIndex={0}>
        {column.turns.length === 0 && (
          <div className={styles.empty}>
            <Text fw={600}>{texts.emptyTitle}</Text>
            <Text size="sm" c="dimmed">
              {texts.emptyBody}
            </Text>
          </div>
        )}
        {column.turns.map(({ messages, answer }, turn) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end
          <div key={turn} className={styles.turn}>
            {messages.map((message, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a turn stay as they are
              <Said key={index} message={message} onEdit={(text) => actions.onEdit(turn, text)} />
            ))}
            <AnswerBox
              answer={answer}
              isLast={turn === column.turns.length - 1}
              onAgain={() => actions.onAgain(turn)}
              onOutputs={actions.onOutputs}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

function Said({ message, onEdit }: { message: ChatMessage; onEdit: (text: string) => void }) {
  const texts = useTexts(chatTexts);
  const text = message.content ?? "";
  if (message.role === "assistant") return <div className={styles.answer}>{text}</div>;
  return (
    <div className={styles.said} data-role={message.role}>
      <div className={styles.saidText}>{text}</div>
      {message.role === "user" && (
        <button type="button" className={styles.textButton} onClick={() => onEdit(text)}>
          {texts.edit}
        </button>
      )}
      {message.role === "tool" && <span className={styles.note}>{texts.results}</span>}
    </div>
  );
}

/** The end of a path is what tells models apart. */
const shortName = (id: string): string => (id.startsWith("/") ? id.split("/").at(-1)! : id);
