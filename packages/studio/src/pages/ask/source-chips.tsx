import type { DocumentJson } from "@loam/server";
import { Chip, Group, MultiSelect, Text } from "@mantine/core";
import { useTexts } from "../../i18n/i18n.tsx";
import styles from "./ask-page.module.css";
import { askTexts } from "./texts.ts";

/** From this many documents on, they are chosen from a list. */
const mostChips = 8;

/** Which documents are asked: all, or those that are chosen. */
export function SourceChips({
  documents,
  chosen,
  onChoose,
}: {
  documents: readonly DocumentJson[];
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
}) {
  const texts = useTexts(askTexts);
  const ready = documents.filter(({ status }) => status === "ready");
  if (ready.length < 2) return null;
  const named = ready.map(({ id, title, name }) => ({ value: id, label: title || name }));
  return (
    <Group gap={6} role="group" aria-label={texts.sources}>
      <Text size="sm" c="dimmed">
        {texts.sources}
      </Text>
      <Chip size="xs" checked={chosen.length === 0} onChange={() => onChoose([])}>
        {texts.all}
      </Chip>
      {named.length <= mostChips ? (
        named.map(({ value, label }) => (
          <Chip
            key={value}
            size="xs"
            checked={chosen.includes(value)}
            onChange={(checked) => onChoose(checked ? [...chosen, value] : chosen.filter((id) => id !== value))}
          >
            <span className={styles.chip}>{label}</span>
          </Chip>
        ))
      ) : (
        <MultiSelect
          size="xs"
          flex="1 1 220px"
          searchable
          clearable
          aria-label={texts.choose}
          placeholder={chosen.length === 0 ? texts.choose : undefined}
          data={named}
          value={[...chosen]}
          onChange={onChoose}
          limit={50}
        />
      )}
    </Group>
  );
}
