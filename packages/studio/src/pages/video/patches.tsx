import type { VideoJson } from "@loam/server";
import { Text } from "@mantine/core";
import { videoUrl } from "../../api/videos.ts";
import { useTexts } from "../../i18n/i18n.tsx";
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
  const [width, height] = video.size.split("x").map(Number) as [number, number];
  const [slices, rows, columns] = [frames / patch[0], height / patch[1], width / patch[2]].map(Math.floor) as [
    number,
    number,
    number,
  ];
  // The contact sheet has the frames in rows, as square as it goes.
  const across = Math.ceil(Math.sqrt(frames));
  const down = Math.ceil(frames / across);
  const piece = (slice: number, row: number, column: number) => {
    const frame = slice * patch[0] + Math.floor(patch[0] / 2);
    const at = (position: number, parts: number) => (parts <= 1 ? 0 : (100 * position) / (parts - 1));
    return {
      backgroundImage: `url("${videoUrl(video.id, "spritesheet")}")`,
      backgroundSize: `${100 * across * columns}% ${100 * down * rows}%`,
      backgroundPosition: `${at((frame % across) * columns + column, across * columns)}% ${at(Math.floor(frame / across) * rows + row, down * rows)}%`,
      aspectRatio: `${patch[2]} / ${patch[1]}`,
    };
  };
  const order = Array.from({ length: slices * rows * columns }, (_, n) => ({
    n,
    slice: Math.floor(n / (rows * columns)),
    row: Math.floor(n / columns) % rows,
    column: n % columns,
  }));
  return (
    <div role="img" aria-label={texts.ideas.patchesAlt(order.length)}>
      <div className={styles.slices}>
        {Array.from({ length: slices }, (_, slice) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the slices of a clip are in order
          <figure key={slice} className={styles.slice}>
            <div className={styles.cut} style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
              {order
                .filter((one) => one.slice === slice)
                .map(({ n, row, column }) => (
                  <div key={n} className={styles.piece} style={piece(slice, row, column)}>
                    <span>{n + 1}</span>
                  </div>
                ))}
            </div>
            <figcaption>{texts.ideas.patchesFrame(slice * patch[0] + 1)}</figcaption>
          </figure>
        ))}
      </div>
      <div className={styles.sequence}>
        {order.map(({ n, slice, row, column }) => (
          <div key={n} className={styles.piece} style={piece(slice, row, column)}>
            <span>{n + 1}</span>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {texts.ideas.patchesRow}
      </Text>
    </div>
  );
}
