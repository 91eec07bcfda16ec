import { Link } from "@tanstack/react-router";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./evaluations.module.css";

/** The two ways to measure. */
export function MeasureTabs() {
  const { t } = useI18n();
  return (
    <nav className={styles.tabs} aria-label={t.measure.tabsLabel}>
      <Link to="/evaluations" className={styles.tab} activeOptions={{ exact: true }}>
        {t.measure.tabs.runs}
      </Link>
      <Link to="/evaluations/playground" className={styles.tab} activeOptions={{ includeSearch: false }}>
        {t.measure.tabs.playground}
      </Link>
    </nav>
  );
}
