import { AppShell } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useDocumentEvents } from "../api/documents.ts";
import {
  BookIcon,
  LibraryIcon,
  MeasureIcon,
  SearchIcon,
  SettingsIcon,
  SummaryIcon,
  TraceIcon,
  TuneIcon,
} from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { AppearanceControls } from "./appearance.tsx";
import { Logo } from "./logo.tsx";
import styles from "./shell.module.css";
import { Strata } from "./strata.tsx";

const places = [
  { to: "/", key: "library", Icon: LibraryIcon },
  { to: "/search", key: "search", Icon: SearchIcon },
  { to: "/summaries", key: "summaries", Icon: SummaryIcon },
  { to: "/recommend", key: "recommend", Icon: BookIcon },
  { to: "/tune", key: "tune", Icon: TuneIcon },
  { to: "/evaluations", key: "measure", Icon: MeasureIcon },
  { to: "/traces", key: "traces", Icon: TraceIcon },
  { to: "/settings", key: "settings", Icon: SettingsIcon },
] as const;

/** The frame of every page: a sidebar where there is room, a bar above and tabs below on a phone. */
export function Shell() {
  const { t } = useI18n();
  useDocumentEvents();
  return (
    <AppShell
      navbar={{ width: 212, breakpoint: "sm", collapsed: { mobile: true } }}
      header={{ height: { base: 52, sm: 0 } }}
      footer={{ height: { base: 58, sm: 0 } }}
    >
      <a href="#main" className={styles.skip}>
        {t.nav.skip}
      </a>
      <AppShell.Header className={styles.header} hiddenFrom="sm">
        <Brand />
        <AppearanceControls />
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar} visibleFrom="sm">
        <Brand />
        <nav className={styles.links} aria-label={t.nav.label}>
          {places.map(({ to, key, Icon }) => (
            <Link key={to} to={to} className={styles.link} activeOptions={{ exact: to === "/", includeSearch: false }}>
              <Icon />
              {t.nav[key]}
            </Link>
          ))}
        </nav>
        <Strata className={styles.strata} />
        <div className={styles.foot}>
          <AppearanceControls />
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        <Outlet />
      </AppShell.Main>
      <AppShell.Footer className={styles.tabs} hiddenFrom="sm">
        {places.map(({ to, key, Icon }) => (
          <Link key={to} to={to} className={styles.tab} activeOptions={{ exact: to === "/", includeSearch: false }}>
            <Icon />
            {t.nav[key]}
          </Link>
        ))}
      </AppShell.Footer>
    </AppShell>
  );
}

function Brand() {
  const { t } = useI18n();
  return (
    <Link to="/" className={styles.brand} aria-label={t.nav.home}>
      <Logo />
      Loam
    </Link>
  );
}
