import { Skeleton } from "@mantine/core";
import { pageImageUrl, usePageSummaries } from "../api/documents.ts";
import { cropOf } from "./crop.ts";
import styles from "./page-crop.module.css";

const dpi = 144;

interface Place {
  document: string;
  page: number;
  box: readonly [number, number, number, number];
  quote: string;
}

/** A place as a piece of its page, marked; its words where the page has no picture. */
export function PageCrop({ place: { document, page, box, quote }, label }: { place: Place; label: string }) {
  const pages = usePageSummaries(document);
  const size = pages.data?.find(({ number }) => number === page);
  if (pages.status === "error" || (pages.data && !size))
    return <blockquote className={styles.quote}>{quote}</blockquote>;
  if (!size) return <Skeleton height={90} />;
  const { x, y, width, height } = cropOf(box, { width: size.widthPt, height: size.heightPt });
  return (
    <svg viewBox={`${x} ${y} ${width} ${height}`} className={styles.crop} role="img" aria-label={label}>
      <title>{quote}</title>
      <image href={pageImageUrl(document, page, dpi)} width={size.widthPt} height={size.heightPt} />
      <rect
        className={styles.mark}
        x={box[0] - 2}
        y={box[1] - 2}
        width={box[2] - box[0] + 4}
        height={box[3] - box[1] + 4}
        rx={2}
      />
    </svg>
  );
}
