import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { feedbackTexts } from "./feedback/texts.ts";

/** The title of the traces, and their pages. */
export function TracesHeader() {
  const { t } = useI18n();
  const texts = useTexts(feedbackTexts);
  return (
    <>
      <PageHeader title={t.traces.title} intro={t.traces.intro} />
      <PageTabs
        label={t.traces.title}
        places={[
          { to: "/traces", name: t.traces.title },
          { to: "/traces/queues", name: texts.queues },
        ]}
      />
    </>
  );
}
