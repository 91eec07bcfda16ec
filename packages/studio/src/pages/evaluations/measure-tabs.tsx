import { PageTabs } from "../../components/page-tabs.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** The two ways to measure. */
export function MeasureTabs() {
  const { t } = useI18n();
  return (
    <PageTabs
      label={t.measure.tabsLabel}
      places={[
        { to: "/evaluations", name: t.measure.tabs.runs },
        { to: "/evaluations/playground", name: t.measure.tabs.playground },
      ]}
    />
  );
}
