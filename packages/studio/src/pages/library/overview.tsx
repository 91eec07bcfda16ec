import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BookIcon, MeasureIcon, SearchIcon, SummaryIcon, TraceIcon, TuneIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./library.module.css";

const places = [
  { to: "/search", key: "search", Icon: SearchIcon },
  { to: "/summaries", key: "summaries", Icon: SummaryIcon },
  { to: "/recommend", key: "recommend", Icon: BookIcon },
  { to: "/tune", key: "tune", Icon: TuneIcon },
  { to: "/evaluations", key: "measure", Icon: MeasureIcon },
  { to: "/traces", key: "traces", Icon: TraceIcon },
] as const;

/** What else there is, for whoever is here for the first time. */
export function Overview() {
  const { t } = useI18n();
  return (
    <section aria-labelledby="overview">
      <Title order={2} size="h3" id="overview" mb="sm">
        {t.library.overview}
      </Title>
      <ul className={styles.overview}>
        {places.map(({ to, key, Icon }) => (
          <li key={to} className={styles.item}>
            <Icon className={styles.placeIcon} />
            <div>
              <Link to={to} className={styles.title}>
                {t.nav[key]}
              </Link>
              <Text size="sm" c="dimmed">
                {t.library.places[key]}
              </Text>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
