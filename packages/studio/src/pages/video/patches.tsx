import type { VideoJson } from "@loam/server";
import { Text } from "@mantine/core";
import { videoUrl } from "../../api/videos.ts";
import { useTexts } from "../../i18n/i18n.tsx";
import { patchesOf } from "./patch-pieces.ts";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";

/** A clip cut into spacetime patches: where they lie in its frames, and in the row that the transformer reads. */
export function Patches({
  video,
  patch,
  frames,
}: {
  video: VideoJson;
  patch: readonly [number, number, number];
  frames: number;
}) {
  const texts = useTexts(videoTexts);
  const { slices, columns, order, style } = patchesOf({
    size: video.size,
    patch,
    frames,
    sheet: videoUrl(video.id, "spritesheet"),
  });
  return (
    <div role="img" aria-label={texts.ideas.patchesAlt(order.length)}>
      <div className={styles.slices}>
        {Array.from({ length: slices }, (_, slice) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the slices of a clip are in order
          <figure key={slice} className={styles.slice}>
            <div className={styles.cut} style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
              {order
                .filter((one) => one.slice === slice)
                .map((one) => (
                  <div key={one.n} className={styles.piece} style={style(one)}>
                    <span>{one.n + 1}</span>
                  </div>
                ))}
            </div>
            <figcaption>{texts.ideas.patchesFrame(slice * patch[0] + 1)}</figcaption>
          </figure>
        ))}
      </div>
      <div className={styles.sequence}>
        {order.map((one) => (
          <div key={one.n} className={styles.piece} style={style(one)}>
            <span>{one.n + 1}</span>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {texts.ideas.patchesRow}
      </Text>
    </div>
  );
}
