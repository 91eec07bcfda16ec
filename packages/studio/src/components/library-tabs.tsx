import { useI18n } from "../i18n/i18n.tsx";
import { PageTabs } from "./page-tabs.tsx";

/** The documents, and the three ways to read across them. */
export function LibraryTabs() {
  const { t } = useI18n();
  return (
    <PageTabs
      label={t.nav.library}
      places={[
        { to: "/library", name: t.nav.library },
        { to: "/search", name: t.nav.search },
        { to: "/summaries", name: t.nav.summaries },
        { to: "/extractions", name: t.nav.extractions },
      ]}
    />
  );
}
