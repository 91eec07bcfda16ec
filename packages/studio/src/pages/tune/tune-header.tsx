import type { ReactNode } from "react";
import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

const places = [
  { to: "/tune", key: "runs" },
  { to: "/tune/adapters", key: "adapters" },
  { to: "/tune/chat", key: "chat" },
  { to: "/tune/compare", key: "compare" },
] as const;

/** Title of a fine-tuning page, and the ways to the others. */
export function TuneHeader({ title, intro, children }: { title: string; intro: string; children?: ReactNode }) {
  const { t } = useI18n();
  return (
    <>
      <PageHeader title={title} intro={intro}>
        {children}
      </PageHeader>
      <PageTabs label={t.tune.tabs.label} places={places.map(({ to, key }) => ({ to, name: t.tune.tabs[key] }))} />
    </>
  );
}
