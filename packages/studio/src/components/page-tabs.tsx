import { Link, type LinkProps } from "@tanstack/react-router";
import styles from "./page-tabs.module.css";

/** The pages of an area, as links below its title. */
export function PageTabs({
  label,
  places,
}: {
  label: string;
  places: readonly { to: NonNullable<LinkProps["to"]>; name: string }[];
}) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {places.map(({ to, name }) => (
        <Link key={to} to={to} className={styles.tab} activeOptions={{ exact: true, includeSearch: false }}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
