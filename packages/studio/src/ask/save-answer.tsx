import type { AnswerJson } from "@loam/server";
import { Button, Popover, Radio, Stack, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answerFile, type CitationStyle } from "../api/conversations.ts";
import { explain } from "../components/inline-error.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import styles from "./ask.module.css";

const formats = ["docx", "pdf", "html"] as const;
const citationStyles: readonly CitationStyle[] = ["plain", "apa", "gbt7714"];

/** Takes an answer along: as Word, PDF or HTML, with footnotes in the chosen style. */
export function SaveAnswer({ answer, turn }: { answer: AnswerJson; turn: number }) {
  const { t, locale } = useI18n();
  const [style, setStyle] = useState<CitationStyle>(locale === "zh-CN" ? "gbt7714" : "plain");
  const { conversation } = answer;
  if (conversation === undefined) return null;

  async function save(format: (typeof formats)[number]) {
    try {
      const file = await answerFile(conversation!, { format, style, turn, language: locale });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `${t.ask.fileName}.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      notifications.show({ color: "clay", message: explain(error, t) });
    }
  }

  return (
    <Popover position="bottom-start" withinPortal trapFocus shadow="md">
      <Popover.Target>
        <UnstyledButton className={styles.footLink}>{t.ask.saveAs}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t.ask.saveAs}>
        <Radio.Group
          label={t.ask.citationStyle}
          value={style}
          onChange={(value) => setStyle(value as CitationStyle)}
          size="sm"
        >
          <Stack gap={6} mt={6}>
            {citationStyles.map((one) => (
              <Radio key={one} value={one} size="xs" label={t.ask.citationStyles[one]} />
            ))}
          </Stack>
        </Radio.Group>
        <Stack gap={6} mt="md">
          {formats.map((format) => (
            <Button key={format} size="compact-sm" variant="default" onClick={() => void save(format)}>
              {t.ask.formats[format]}
            </Button>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
