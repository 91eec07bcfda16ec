import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { functionTexts } from "./texts.ts";

const places = [
  { to: "/functions", key: "assistants" },
  { to: "/functions/files", key: "files" },
  { to: "/functions/jobs", key: "jobs" },
] as const;

export function FunctionsHeader() {
  const texts = useTexts(functionTexts);
  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro} />
      <PageTabs label={texts.tabs.label} places={places.map(({ to, key }) => ({ to, name: texts.tabs[key] }))} />
    </>
  );
}
