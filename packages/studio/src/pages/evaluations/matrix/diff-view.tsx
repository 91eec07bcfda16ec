import type { EvaluationRowJson } from "@loam/server";
import { Group, Select, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "./matrix.module.css";
import { matrixTexts } from "./texts.ts";
import { wordDiff } from "./word-diff.ts";

interface DiffViewProps {
  cells: EvaluationRowJson["cells"];
  left: string | undefined;
  right: string | undefined;
  onChange(next: { left?: string; right?: string }): void;
}

/** What two systems say differently about a row, word by word. */
export function DiffView({ cells, left, right, onChange }: DiffViewProps) {
  const texts = useTexts(matrixTexts);
  const { locale } = useI18n();
  const written = cells.filter(({ prediction }) => prediction !== null);
  const a = written.find(({ system }) => system === left) ?? written[0];
  const b =
    written.find(({ system }) => system === right && system !== a?.system) ?? written.find((cell) => cell !== a);
  const pieces = useMemo(() => a && b && wordDiff(a.prediction!, b.prediction!, locale), [a, b, locale]);
  if (!a || !b) return null;
  return (
    <section className="surface" style={{ padding: "16px 18px" }} aria-label={texts.diff}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-end">
          <Title order={2} size="h3">
            {texts.diff}
          </Title>
          <Group gap="xs">
            {(
              [
                ["left", a, b, texts.from],
                ["right", b, a, texts.to],
              ] as const
            ).map(([side, chosen, other, label]) => (
              <Select
                key={side}
                label={label}
                size="xs"
                w={170}
                allowDeselect={false}
                value={chosen.system}
                data={written.map(({ system }) => system).filter((system) => system !== other.system)}
                onChange={(system) => onChange({ [side]: system ?? undefined })}
              />
            ))}
          </Group>
        </Group>
        {pieces === undefined && <Text c="dimmed">{texts.tooLong}</Text>}
        {pieces?.every(({ only }) => only === undefined) && <Text c="dimmed">{texts.same}</Text>}
        {pieces?.some(({ only }) => only !== undefined) && (
          <p className={styles.diff}>
            {pieces.map(({ text, only }, i) => {
              if (only === undefined) return text;
              const Piece = only === "left" ? "del" : "ins";
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text, in their order
                <Piece key={i} title={texts.onlyIn(only === "left" ? a.system : b.system)}>
                  {text}
                </Piece>
              );
            })}
          </p>
        )}
      </Stack>
    </section>
  );
}
