import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { chatTexts } from "./texts.ts";

const places = [
  { to: "/chat", key: "chat" },
  { to: "/chat/models", key: "models" },
  { to: "/chat/keys", key: "keys" },
] as const;

export function ChatHeader() {
  const texts = useTexts(chatTexts);
  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro} />
      <PageTabs label={texts.tabs.label} places={places.map(({ to, key }) => ({ to, name: texts.tabs[key] }))} />
    </>
  );
}
