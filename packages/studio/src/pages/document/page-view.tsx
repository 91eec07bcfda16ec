import { useState } from "react";
import { pageImageUrl, usePage } from "../../api/documents.ts";
import { explain } from "../../components/inline-error.tsx";
import type { Region } from "../../components/region.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./document.module.css";
import type { DocumentSearch } from "./document-search.ts";
import { chooseDpi, type PageSlot, toPercent } from "./page-layout.ts";
import { PasswordForm } from "./password-form.tsx";

interface PageViewProps {
  document: string;
  slot: PageSlot;
  widthPx: number;
  boxes: DocumentSearch["boxes"];
  highlights: readonly Region[];
}

/** The picture of a page with boxes over it. */
export function PageView({ document, slot, widthPx, boxes, highlights }: PageViewProps) {
  const { t } = useI18n();
  const { number, summary } = slot;
  return (
    <article className={styles.page} aria-label={t.common.page(number)}>
      <PageImage document={document} slot={slot} widthPx={widthPx} />
      {summary?.status === "failed" && (
        <p className={styles.pageNote}>
          {t.document.pageFailed}: {summary.reason}
        </p>
      )}
      {boxes && <Boxes document={document} slot={slot} boxes={boxes} />}
      {highlights.map(({ box }) => (
        <mark key={box.join()} className={styles.highlight} style={toPercent(box, slot)} data-page={number}>
          <span className="visually-hidden">{t.document.highlight}</span>
        </mark>
      ))}
    </article>
  );
}

function PageImage({ document, slot, widthPx }: Pick<PageViewProps, "document" | "slot" | "widthPx">) {
  const { t } = useI18n();
  const [failure, setFailure] = useState<{ message: string; locked: boolean }>();
  const [attempt, setAttempt] = useState(0);
  const src = `${pageImageUrl(document, slot.number, chooseDpi(widthPx, slot.widthPt, devicePixelRatio))}${attempt ? `&attempt=${attempt}` : ""}`;

  /** An `<img>` does not say why it failed; asking once more does. */
  async function findReason() {
    try {
      const response = await fetch(src);
      const { error } = (await response.json()) as { error: { message: string; code: string } };
      setFailure({
        message: explain(Object.assign(new Error(error.message), error), t),
        locked: /password/.test(error.code),
      });
    } catch {
      setFailure({ message: t.document.pageImageFailed, locked: false });
    }
  }

  if (failure?.locked)
    return (
      <div className={styles.pageNote}>
        <PasswordForm
          id={document}
          onUnlocked={() => {
            setFailure(undefined);
            setAttempt((count) => count + 1);
          }}
        />
      </div>
    );
  if (failure) return <p className={styles.pageNote}>{failure.message}</p>;
  return (
    <img
      src={src}
      alt={t.common.page(slot.number)}
      className={styles.pageImage}
      draggable={false}
      onError={() => void findReason()}
    />
  );
}

function Boxes({ document, slot, boxes }: { document: string; slot: PageSlot; boxes: "text" | "figures" | "all" }) {
  const { t } = useI18n();
  const page = usePage(document, slot.number, slot.summary !== undefined);
  if (!page.data) return null;
  return (
    <>
      {boxes !== "figures" &&
        page.data.blocks.map((block) => (
          <div
            key={`${block.kind} ${block.box.join()}`}
            className={styles.textBox}
            style={toPercent(block.box, slot)}
            title={t.document.blockKinds[block.kind]}
            data-box="text"
          />
        ))}
      {boxes !== "text" &&
        page.data.figures.map((figure) => (
          <div
            key={figure.id}
            className={styles.figureBox}
            style={toPercent(figure.box, slot)}
            title={figure.label ?? t.document.figureKinds[figure.kind]}
            data-box="figure"
          >
            <span>{figure.label ?? t.document.figureKinds[figure.kind]}</span>
          </div>
        ))}
    </>
  );
}
