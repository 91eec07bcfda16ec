import { useHealth } from "../../api/settings.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./settings.module.css";

/** What this server is and where it keeps things. */
export function SystemFacts() {
  const { t, format } = useI18n();
  const health = useHealth();
  if (health.status === "pending") return <ListSkeleton rows={1} height={120} />;
  if (health.status === "error") return <InlineError error={health.error} onRetry={health.refetch} />;
  const { version, node, platform, store, home, documents, uptimeSeconds } = health.data;
  const facts = [
    [t.settings.version, `Loam ${version} · Node ${node} · ${platform}`],
    [t.settings.store, t.settings.stores[store]],
    [t.settings.home, home],
    [t.settings.documents, format.integer(documents)],
    [t.settings.uptime, format.duration(uptimeSeconds * 1000)],
  ] as const;
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
