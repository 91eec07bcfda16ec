import { ActionIcon, Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMark } from "../../../api/evaluations.ts";
import { DislikeIcon, LikeIcon, PinIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { matrixTexts } from "./texts.ts";

/** What is said of an output, or of a row. */
interface Mark {
  thumb: 1 | -1 | null;
  note: string | null;
  pinned: boolean;
}

interface MarkedCell {
  run: string;
  row: string;
  system: string;
  mark: Mark;
}

/** Thumbs of an output: the one that is pressed is taken back by pressing it again. */
export function Thumbs({ run, row, system, mark: { thumb } }: MarkedCell) {
  const texts = useTexts(matrixTexts);
  const mark = useMark(run);
  return (
    <Group gap={2} wrap="nowrap">
      {([1, -1] as const).map((value) => (
        <ActionIcon
          key={value}
          size="sm"
          variant={thumb === value ? "filled" : "subtle"}
          color={thumb === value ? (value === 1 ? "water" : "clay") : "gray"}
          aria-pressed={thumb === value}
          aria-label={value === 1 ? texts.good(system) : texts.bad(system)}
          loading={mark.isPending && mark.variables.thumb === value}
          onClick={() => mark.mutate({ row, system, thumb: thumb === value ? null : value })}
        >
          {value === 1 ? <LikeIcon /> : <DislikeIcon />}
        </ActionIcon>
      ))}
    </Group>
  );
}

export function Pin({ run, row, pinned }: { run: string; row: string; pinned: boolean }) {
  const texts = useTexts(matrixTexts);
  const mark = useMark(run);
  return (
    <ActionIcon
      size="sm"
      variant={pinned ? "filled" : "subtle"}
      color={pinned ? "water" : "gray"}
      aria-pressed={pinned}
      aria-label={`${pinned ? texts.unpin : texts.pin}: ${row}`}
      title={pinned ? texts.unpin : texts.pin}
      onClick={() => mark.mutate({ row, pinned: !pinned })}
    >
      <PinIcon />
    </ActionIcon>
  );
}

/** A note of an output, or of the row where the system is "". */
export function Note({ run, row, system, mark: { note } }: MarkedCell) {
  const texts = useTexts(matrixTexts);
  const mark = useMark(run);
  const [text, setText] = useState(note ?? "");
  const isChanged = text.trim() !== (note ?? "").trim();
  return (
    <div>
      <Textarea
        aria-label={system === "" ? texts.rowNote : texts.noteOf(system)}
        placeholder={texts.note}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={1}
        maxRows={8}
        maxLength={4000}
        size="xs"
      />
      {isChanged && (
        <Button
          mt={6}
          size="compact-xs"
          loading={mark.isPending}
          onClick={() => mark.mutate({ row, system, note: text.trim() === "" ? null : text })}
        >
          {texts.save}
        </Button>
      )}
      {mark.isError && <InlineError error={mark.error} />}
    </div>
  );
}
