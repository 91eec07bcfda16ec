import { Button, CopyButton, Menu } from "@mantine/core";
import { CopyIcon } from "../../components/icons.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { sampleLanguages, toCode } from "./code-samples.ts";
import { type ChatSettings, toRequest } from "./request.ts";
import { chatTexts } from "./texts.ts";
import { type Column, historyOf } from "./use-columns.ts";

/** The conversation as a program in one of three languages, ready to be pasted. */
export function CopyAs({ column, settings }: { column: Column; settings: ChatSettings }) {
  const { t } = useI18n();
  const texts = useTexts(chatTexts);
  const last = column.turns.at(-1);
  // Up to what was asked last: the program asks it again.
  const messages = [...historyOf(column.turns.slice(0, -1)), ...(last?.messages ?? [])];
  const request = toRequest(column.model, messages, settings);
  return (
    <Menu position="top-start" withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<CopyIcon />}>
          {texts.copyAs}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{texts.codeTitle}</Menu.Label>
        {sampleLanguages.map((language) => (
          <CopyButton key={language} value={toCode(language, request, location.origin)}>
            {({ copied, copy }) => (
              <Menu.Item onClick={copy} rightSection={copied ? t.common.copied : undefined}>
                {texts.languages[language]}
              </Menu.Item>
            )}
          </CopyButton>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
