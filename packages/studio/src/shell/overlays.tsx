import { ActionIcon, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { lazy, Suspense, useState } from "react";
import { isSettled, useWork, useWorkEvents } from "../api/work.ts";
import { SearchIcon, WorkIcon } from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import styles from "./shell.module.css";

const Palette = lazy(() => import("./palette/palette.tsx"));
const Tray = lazy(() => import("./tray/tray.tsx"));

export type Overlay = "palette" | "tray";

/** What lies over a page: fetched when it is first asked for. ⌘K or Ctrl+K opens the palette anywhere. */
export function useOverlays() {
  const [overlay, setOverlay] = useState<Overlay>();
  useWorkEvents();
  useHotkeys([["mod+K", () => setOverlay((now) => (now === "palette" ? undefined : "palette"))]], []);
  const close = () => setOverlay(undefined);
  const element = (
    <Suspense>
      {overlay === "palette" && <Palette onClose={close} />}
      {overlay === "tray" && <Tray onClose={close} />}
    </Suspense>
  );
  return { element, open: setOverlay };
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** The palette and the tray, as rows of the rail. */
export function RailButtons({ onOpen }: { onOpen: (overlay: Overlay) => void }) {
  const { t } = useI18n();
  const running = useRunning();
  return (
    <div className={styles.railButtons}>
      <UnstyledButton className={styles.paletteButton} onClick={() => onOpen("palette")}>
        <SearchIcon />
        <span>{t.nav.palette}</span>
        <kbd>{isMac ? "⌘K" : "Ctrl K"}</kbd>
      </UnstyledButton>
      <UnstyledButton className={styles.link} onClick={() => onOpen("tray")}>
        <WorkIcon />
        {t.nav.work}
        {running > 0 && (
          <span className={styles.count} title={t.nav.workRunning(running)}>
            {running}
            <span className="visually-hidden"> {t.nav.workRunning(running)}</span>
          </span>
        )}
      </UnstyledButton>
    </div>
  );
}

/** The same on a phone. */
export function HeaderButtons({ onOpen }: { onOpen: (overlay: Overlay) => void }) {
  const { t } = useI18n();
  const running = useRunning();
  return (
    <>
      <ActionIcon
        variant="transparent"
        size="lg"
        className={styles.control}
        onClick={() => onOpen("palette")}
        aria-label={t.nav.palette}
      >
        <SearchIcon />
      </ActionIcon>
      <ActionIcon
        variant="transparent"
        size="lg"
        className={styles.control}
        onClick={() => onOpen("tray")}
        aria-label={running > 0 ? `${t.nav.work}: ${t.nav.workRunning(running)}` : t.nav.work}
      >
        <WorkIcon />
        {running > 0 && <span className={styles.dot} />}
      </ActionIcon>
    </>
  );
}

const useRunning = (): number => (useWork().data ?? []).filter((work) => !isSettled(work)).length;
