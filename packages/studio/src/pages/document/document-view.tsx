import type { DocumentJson } from "@loam/server";
import { useMediaQuery } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { usePageSummaries } from "../../api/documents.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { type Region, readRegions, writeRegions } from "../../components/region.ts";
import styles from "./document.module.css";
import { PageColumn, type PageColumnHandle } from "./page-column.tsx";
import { toSlots } from "./page-layout.ts";
import { SidePanel } from "./side-panel.tsx";
import { Toolbar } from "./toolbar.tsx";

const route = getRouteApi("/documents/$id");

/** Pages on the left, questions and figures on the right. What is shown stands in the URL. */
export function DocumentView({ document }: { document: DocumentJson }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isNarrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const panel = search.panel ?? (isNarrow ? "none" : "ask");
  const pages = usePageSummaries(document.id);
  const slots = useMemo(() => toSlots(document, pages.data ?? []), [document, pages.data]);
  const highlights = useMemo(() => readRegions(search.at), [search.at]);
  const [zoom, setZoom] = useState(1);
  const [visiblePage, setVisiblePage] = useState(search.page ?? 1);
  const column = useRef<PageColumnHandle>(null);

  function show(regions: readonly Region[]) {
    const at = writeRegions(regions);
    void navigate({
      search: (old) => ({ ...old, at, page: regions[0]?.page, panel: isNarrow ? "none" : old.panel }),
      replace: true,
      resetScroll: false,
    });
    column.current?.showRegions(regions); // also when the link is the same as before
  }

  function goTo(page: number) {
    void navigate({ search: (old) => ({ ...old, page, at: undefined }), replace: true, resetScroll: false });
    column.current?.showPage(page);
  }

  return (
    <div className={styles.view}>
      <div className={styles.pages}>
        <Toolbar
          document={document}
          page={visiblePage}
          onPage={goTo}
          zoom={zoom}
          onZoom={setZoom}
          boxes={search.boxes}
          onBoxes={(boxes) => navigate({ search: (old) => ({ ...old, boxes }), replace: true, resetScroll: false })}
          panel={panel}
          onPanel={(next) =>
            navigate({ search: (old) => ({ ...old, panel: next }), replace: true, resetScroll: false })
          }
        />
        {pages.status === "error" ? (
          <InlineError error={pages.error} onRetry={pages.refetch} />
        ) : (
          <PageColumn
            ref={column}
            document={document}
            slots={slots}
            zoom={zoom}
            boxes={search.boxes}
            highlights={highlights}
            startPage={search.page}
            onVisiblePage={setVisiblePage}
          />
        )}
      </div>
      {panel !== "none" && (
        <SidePanel
          document={document}
          panel={panel}
          onPanel={(next) =>
            navigate({ search: (old) => ({ ...old, panel: next }), replace: true, resetScroll: false })
          }
          conversation={search.conversation}
          onConversation={(conversation) =>
            navigate({ search: (old) => ({ ...old, conversation }), replace: true, resetScroll: false })
          }
          figure={search.figure}
          onFigure={(figure) => navigate({ search: (old) => ({ ...old, figure }), resetScroll: false })}
          onShow={show}
        />
      )}
    </div>
  );
}
