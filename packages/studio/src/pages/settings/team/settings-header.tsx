import { PageHeader } from "../../../components/page-header.tsx";
import { PageTabs } from "../../../components/page-tabs.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { teamTexts } from "./texts.ts";

/** The title of the settings, and their pages. */
export function SettingsHeader({ intro }: { intro: string }) {
  const { t } = useI18n();
  const { tabs } = useTexts(teamTexts);
  return (
    <>
      <PageHeader title={t.settings.title} intro={intro} />
      <PageTabs
        label={t.settings.title}
        places={[
          { to: "/settings", name: tabs.server },
          { to: "/settings/team", name: tabs.team },
        ]}
      />
    </>
  );
}
