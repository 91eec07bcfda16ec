import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./tune.module.css";

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
      <nav className={styles.tabs} aria-label={t.tune.tabs.label}>
        {places.map(({ to, key }) => (
          <Link key={to} to={to} className={styles.tab} activeOptions={{ exact: true, includeSearch: false }}>
            {t.tune.tabs[key]}
          </Link>
        ))}
      </nav>
    </>
  );
}
