import type { ReactNode } from "react";
import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { experimentTexts } from "./texts.ts";

const places = [
  { to: "/experiments", key: "runs" },
  { to: "/experiments/compare", key: "compare" },
  { to: "/experiments/sweeps", key: "sweeps" },
  { to: "/experiments/registry", key: "registry" },
  { to: "/experiments/reports", key: "reports" },
] as const;

export function ExperimentsHeader({ children }: { children?: ReactNode }) {
  const texts = useTexts(experimentTexts);
  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro}>
        {children}
      </PageHeader>
      <PageTabs label={texts.tabs.label} places={places.map(({ to, key }) => ({ to, name: texts.tabs[key] }))} />
    </>
  );
}
