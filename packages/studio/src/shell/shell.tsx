import { AppShell, Menu } from "@mantine/core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useDocumentEvents } from "../api/documents.ts";
import { MoreIcon } from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { AppearanceControls } from "./appearance.tsx";
import { Logo } from "./logo.tsx";
import { HeaderButtons, RailButtons, useOverlays } from "./overlays.tsx";
import { innerPlaces, placeGroups, places } from "./places.ts";
import styles from "./shell.module.css";
import { Strata } from "./strata.tsx";

/** What a phone shows below the page; the rest is in a menu. */
const tabs: ReadonlySet<string> = new Set(["ask", "library", "chat", "tune"]);

/** The frame of every page: a sidebar where there is room, a bar above and tabs below on a phone. */
export function Shell() {
  const { t } = useI18n();
  const overlays = useOverlays();
  useDocumentEvents();
  return (
    <AppShell
      navbar={{ width: 224, breakpoint: "sm", collapsed: { mobile: true } }}
      header={{ height: { base: 52, sm: 0 } }}
      footer={{ height: { base: 58, sm: 0 } }}
    >
      <a href="#main" className={styles.skip}>
        {t.nav.skip}
      </a>
      <AppShell.Header className={styles.header} hiddenFrom="sm">
        <Brand />
        <HeaderButtons onOpen={overlays.open} />
        <AppearanceControls />
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar} visibleFrom="sm">
        <Brand />
        <RailButtons onOpen={overlays.open} />
        <nav className={styles.links} aria-label={t.nav.label}>
          {placeGroups.map((group) => (
            <div key={group[0].key} className={styles.group}>
              {group.map(({ to, key, Icon }) => (
                <Link
                  key={to}
                  to={to}
                  className={styles.link}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                >
                  <Icon />
                  {t.nav[key]}
                </Link>
              ))}
            </div>
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
      <AppShell.Footer className={styles.footer} hiddenFrom="sm">
        <PhoneTabs />
      </AppShell.Footer>
      {overlays.element}
    </AppShell>
  );
}

/** Four places and a menu of the rest: more would not fit a thumb. */
function PhoneTabs() {
  const { t } = useI18n();
  const { pathname } = useLocation();
  const rest = [...places.filter(({ key }) => !tabs.has(key)), ...innerPlaces];
  const isInRest = rest.some(({ to }) => pathname.startsWith(to));
  return (
    <nav className={styles.tabs} aria-label={t.nav.label}>
      {places
        .filter(({ key }) => tabs.has(key))
        .map(({ to, key, Icon }) => (
          <Link key={to} to={to} className={styles.tab} activeOptions={{ exact: to === "/", includeSearch: false }}>
            <Icon />
            {t.nav[key]}
          </Link>
        ))}
      <Menu position="top-end" withinPortal>
        <Menu.Target>
          <button type="button" className={styles.tab} data-status={isInRest ? "active" : undefined}>
            <MoreIcon />
            {t.nav.more}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {rest.map(({ to, key, Icon }) => (
            <Menu.Item key={to} leftSection={<Icon />} renderRoot={(props) => <Link to={to} {...props} />}>
              {t.nav[key]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
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
