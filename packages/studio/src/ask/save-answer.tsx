import type { AnswerJson } from "@loam/server";
import { Menu, UnstyledButton } from "@mantine/core";
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
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <UnstyledButton className={styles.footLink}>{t.ask.saveAs}</UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.ask.citationStyle}</Menu.Label>
        <Menu.RadioGroup value={style} onChange={(value) => setStyle(value as CitationStyle)}>
          {citationStyles.map((one) => (
            <Menu.RadioItem key={one} value={one} closeMenuOnClick={false}>
              {t.ask.citationStyles[one]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        {formats.map((format) => (
          <Menu.Item key={format} onClick={() => void save(format)}>
            {t.ask.formats[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
