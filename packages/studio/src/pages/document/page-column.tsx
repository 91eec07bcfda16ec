import type { DocumentJson } from "@loam/server";
import { Alert } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import type { Region } from "../../components/region.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./document.module.css";
import type { DocumentSearch } from "./document-search.ts";
import { type PageSlot, pageGapPx, pageWidthPx } from "./page-layout.ts";
import { PageView } from "./page-view.tsx";

export interface PageColumnHandle {
  showPage(page: number): void;
  /** Scrolls so that the first region stands in the upper third. */
  showRegions(regions: readonly Region[]): void;
}

interface PageColumnProps {
  ref: Ref<PageColumnHandle>;
  document: DocumentJson;
  slots: readonly PageSlot[];
  zoom: number;
  boxes: DocumentSearch["boxes"];
  highlights: readonly Region[];
  startPage: number | undefined;
  onVisiblePage: (page: number) => void;
}

/** The pages, one below the other. Only those near the window exist, so that a thousand pages cost as much as ten. */
export function PageColumn({
  ref,
  document,
  slots,
  zoom,
  boxes,
  highlights,
  startPage,
  onVisiblePage,
}: PageColumnProps) {
  const { t } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: sizeRef, width: columnWidth } = useElementSize();
  const widthPx = pageWidthPx(columnWidth, zoom);
  const heightOf = (index: number) => (slots[index] ? (widthPx * slots[index].heightPt) / slots[index].widthPt : 0);
  const virtualizer = useVirtualizer({
    count: slots.length,
    getScrollElement: () => scroller.current,
    estimateSize: heightOf,
    gap: pageGapPx,
    paddingStart: pageGapPx,
    paddingEnd: pageGapPx,
    overscan: 1,
    onChange: (instance) => {
      const middle = (instance.scrollOffset ?? 0) + (instance.scrollRect?.height ?? 0) / 3;
      const page = instance.getVirtualItemForOffset(middle);
      if (page) onVisiblePage(page.index + 1);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes depend on the width and on what is known of the pages
  useEffect(() => {
    virtualizer.measure();
  }, [widthPx, slots]);

  const topOf = (page: number) => {
    let top = pageGapPx;
    for (let index = 0; index < page - 1; index++) top += heightOf(index) + pageGapPx;
    return top;
  };
  const scrollTo = (top: number, behavior: ScrollBehavior) => scroller.current?.scrollTo({ top, behavior });
  const showRegions = (regions: readonly Region[], behavior: ScrollBehavior = "smooth") => {
    const region = regions[0];
    const slot = region && slots[region.page - 1];
    if (!slot) return;
    const y = (region.box[1] / slot.heightPt) * heightOf(region.page - 1);
    const windowHeight = scroller.current?.clientHeight ?? 0;
    scrollTo(Math.max(0, topOf(region.page) + y - windowHeight / 3), behavior);
  };
  useImperativeHandle(ref, () => ({ showPage: (page) => scrollTo(topOf(page) - pageGapPx, "smooth"), showRegions }));

  // A link opens at its place, as soon as the sizes of the pages up to there are known.
  const opened = useRef(false);
  const target = highlights[0]?.page ?? startPage ?? 1;
  const isKnown = columnWidth > 0 && (slots[target - 1]?.summary !== undefined || document.pagesDone < target);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the place can be known
  useEffect(() => {
    if (opened.current || !isKnown || slots.length === 0) return;
    opened.current = true;
    if (highlights.length > 0) showRegions(highlights, "instant");
    else if (target > 1) scrollTo(topOf(target) - pageGapPx, "instant");
  }, [isKnown, slots.length]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section ref={scroller} className={styles.scroller} aria-label={t.document.pagesRegion} tabIndex={0}>
      {document.status === "reading" && (
        <Alert color="water" variant="light" className={styles.readingNote}>
          {t.document.stillReading(document.pagesDone, document.pageCount)}
        </Alert>
      )}
      <div ref={sizeRef} style={{ position: "relative", height: virtualizer.getTotalSize() }}>
        {columnWidth > 0 &&
          virtualizer.getVirtualItems().map(({ index, start }) => (
            <div
              key={slots[index]!.number}
              className={styles.slot}
              style={{ top: start, width: widthPx, height: heightOf(index) }}
            >
              <PageView
                document={document.id}
                slot={slots[index]!}
                widthPx={widthPx}
                boxes={boxes}
                highlights={highlights.filter(({ page }) => page === index + 1)}
              />
            </div>
          ))}
      </div>
    </section>
  );
}
