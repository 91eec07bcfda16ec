import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useI18n } from "../../i18n/i18n.tsx";
import { innerPlaces, places } from "../../shell/places.ts";
import styles from "./library.module.css";

const shown = [...innerPlaces, ...places].filter(({ key }) => key !== "library" && key !== "ask" && key !== "settings");

/** What else there is, for whoever is here for the first time. */
export function Overview() {
  const { t } = useI18n();
  return (
    <section aria-labelledby="overview">
      <Title order={2} size="h3" id="overview" mb="sm">
        {t.library.overview}
      </Title>
      <ul className={styles.overview}>
        {shown.map(({ to, key, Icon }) => (
          <li key={to} className={styles.item}>
            <Icon className={styles.placeIcon} />
            <div>
              <Link to={to} className={styles.title}>
                {t.nav[key]}
              </Link>
              <Text size="sm" c="dimmed">
                {t.library.places[key as keyof typeof t.library.places]}
              </Text>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
