import type { DocumentJson } from "@loam/server";
import { ActionIcon, Tabs } from "@mantine/core";
import { AskPanel } from "../../ask/ask-panel.tsx";
import { ChatIcon, CloseIcon, FigureIcon } from "../../components/icons.tsx";
import type { Region } from "../../components/region.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./document.module.css";
import type { DocumentSearch } from "./document-search.ts";
import { FigureGallery } from "./figure-gallery.tsx";

interface SidePanelProps {
  document: DocumentJson;
  panel: "ask" | "figures";
  onPanel: (panel: NonNullable<DocumentSearch["panel"]>) => void;
  conversation: string | undefined;
  onConversation: (conversation: string | undefined) => void;
  figure: string | undefined;
  onFigure: (figure: string | undefined) => void;
  onShow: (regions: readonly Region[]) => void;
}

/** Questions and figures beside the pages; over them on a phone. */
export function SidePanel({
  document,
  panel,
  onPanel,
  conversation,
  onConversation,
  figure,
  onFigure,
  onShow,
}: SidePanelProps) {
  const { t } = useI18n();
  return (
    <aside className={styles.panel} aria-label={t.document.panel}>
      <Tabs
        value={panel}
        onChange={(value) => onPanel(value === "figures" ? "figures" : "ask")}
        classNames={{ root: styles.tabs, panel: styles.tabPanel }}
      >
        <div className={styles.tabBar}>
          <Tabs.List>
            <Tabs.Tab value="ask" leftSection={<ChatIcon />}>
              {t.document.ask}
            </Tabs.Tab>
            <Tabs.Tab value="figures" leftSection={<FigureIcon />}>
              {t.document.figures}
            </Tabs.Tab>
          </Tabs.List>
          <ActionIcon
            ml="auto"
            my="auto"
            mr="xs"
            variant="subtle"
            color="gray"
            onClick={() => onPanel("none")}
            aria-label={t.common.closePanel}
          >
            <CloseIcon />
          </ActionIcon>
        </div>
        <Tabs.Panel value="ask">
          <AskPanel
            document={document}
            conversation={conversation}
            onConversation={onConversation}
            onShow={(citations) => onShow(citations.map(({ page, box }) => ({ page, box })))}
          />
        </Tabs.Panel>
        <Tabs.Panel value="figures">
          <FigureGallery document={document.id} enlarged={figure} onEnlarge={onFigure} onShow={onShow} />
        </Tabs.Panel>
      </Tabs>
    </aside>
  );
}
