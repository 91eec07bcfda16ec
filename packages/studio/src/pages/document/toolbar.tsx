import type { DocumentJson } from "@loam/server";
import { ActionIcon, Checkbox, Group, NumberInput, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { originalUrl } from "../../api/documents.ts";
import { BackIcon, ExternalIcon, MinusIcon, PanelIcon, PlusIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./document.module.css";
import type { DocumentSearch } from "./document-search.ts";

const zoomSteps = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];

interface ToolbarProps {
  document: DocumentJson;
  page: number;
  onPage: (page: number) => void;
  zoom: number;
  onZoom: (zoom: number) => void;
  boxes: DocumentSearch["boxes"];
  onBoxes: (boxes: DocumentSearch["boxes"]) => void;
  panel: NonNullable<DocumentSearch["panel"]>;
  onPanel: (panel: NonNullable<DocumentSearch["panel"]>) => void;
}

export function Toolbar({ document, page, onPage, zoom, onZoom, boxes, onBoxes, panel, onPanel }: ToolbarProps) {
  const { t } = useI18n();
  const step = zoomSteps.indexOf(zoom);
  const shows = (kind: "text" | "figures") => boxes === "all" || boxes === kind;
  const toggle = (kind: "text" | "figures") => {
    const next = { text: shows("text"), figures: shows("figures"), [kind]: !shows(kind) };
    onBoxes(next.text && next.figures ? "all" : next.text ? "text" : next.figures ? "figures" : undefined);
  };
  return (
    <div className={styles.toolbar}>
      <Group gap="xs" wrap="nowrap" className={styles.toolbarTitle}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t.common.toLibrary}
          renderRoot={(props) => <Link to="/library" {...props} />}
        >
          <BackIcon />
        </ActionIcon>
        <h1 className={styles.documentTitle} title={document.name}>
          {document.title || document.name}
        </h1>
      </Group>
      <Group gap="sm" wrap="nowrap" className={styles.toolbarControls}>
        <Group gap={6} wrap="nowrap">
          <NumberInput
            key={page}
            defaultValue={page}
            min={1}
            max={document.pageCount}
            allowDecimal={false}
            hideControls
            size="xs"
            w={50}
            aria-label={t.document.goToPage}
            onKeyDown={(event) => {
              if (event.key === "Enter") onPage(clamp(Number(event.currentTarget.value), document.pageCount));
            }}
          />
          <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {t.document.ofPages(document.pageCount)}
          </Text>
        </Group>
        <Group gap={2} wrap="nowrap" visibleFrom="xs">
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={step <= 0}
            onClick={() => onZoom(zoomSteps[step - 1]!)}
            aria-label={t.document.zoomOut}
          >
            <MinusIcon />
          </ActionIcon>
          <Text size="sm" w={42} ta="center">
            {Math.round(zoom * 100)}%
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={step === zoomSteps.length - 1}
            onClick={() => onZoom(zoomSteps[step + 1]!)}
            aria-label={t.document.zoomIn}
          >
            <PlusIcon />
          </ActionIcon>
        </Group>
        <Group gap="sm" wrap="nowrap" role="group" aria-label={t.document.boxes}>
          <Checkbox
            size="xs"
            color="water"
            label={t.document.boxesText}
            checked={shows("text")}
            onChange={() => toggle("text")}
          />
          <Checkbox
            size="xs"
            color="clay"
            label={t.document.boxesFigures}
            checked={shows("figures")}
            onChange={() => toggle("figures")}
          />
        </Group>
        <Tooltip label={t.document.original}>
          <ActionIcon
            component="a"
            href={originalUrl(document.id)}
            target="_blank"
            rel="noreferrer"
            variant="subtle"
            color="gray"
            aria-label={t.document.original}
          >
            <ExternalIcon />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t.document.openPanel}>
          <ActionIcon
            variant={panel === "none" ? "light" : "subtle"}
            color={panel === "none" ? "moss" : "gray"}
            onClick={() => onPanel(panel === "none" ? "ask" : "none")}
            aria-label={t.document.openPanel}
            aria-expanded={panel !== "none"}
          >
            <PanelIcon />
          </ActionIcon>
        </Tooltip>
      </Group>
    </div>
  );
}

function clamp(page: number, pageCount: number): number {
  return Number.isFinite(page) ? Math.min(Math.max(1, Math.round(page)), Math.max(1, pageCount)) : 1;
}
