import type { VideoJson } from "@loam/server";
import { Text, Title } from "@mantine/core";
import { filmUrl, useVideoWork } from "../../api/videos.ts";
import { useTexts } from "../../i18n/i18n.tsx";
import { cellStyle, useFilm } from "./film.ts";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";

/** The denoising of a clip, a column for each step; it grows while the clip is being made. */
export function FilmStrip({ video, titled = true }: { video: VideoJson; titled?: boolean }) {
  const texts = useTexts(videoTexts);
  const work = useVideoWork(video.id);
  const step = video.status === "completed" ? "all" : (work?.progress?.done ?? 0);
  const film = useFilm(step === 0 ? undefined : filmUrl(video.id, step), video.size);
  const [width, height] = video.size.split("x").map(Number) as [number, number];
  const cell = { aspectRatio: `${width} / ${height}` };
  return (
    <section>
      {titled && (
        <>
          <Title order={2} size="h3">
            {texts.film}
          </Title>
          <Text size="sm" c="dimmed" mb="xs">
            {texts.filmHelp}
          </Text>
        </>
      )}
      {film ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <div className={styles.film} role="img" aria-label={texts.filmLabel(film.columns)} tabIndex={0}>
          {Array.from({ length: film.columns }, (_, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
            <div key={column} className={styles.filmStep}>
              <div className={styles.filmCell} style={{ ...cell, ...cellStyle(film, column, "noisy") }} />
              <div className={styles.filmCell} style={{ ...cell, ...cellStyle(film, column, "guess") }} />
              <span>{column + 1}</span>
            </div>
          ))}
        </div>
      ) : (
        <Text size="sm" c="dimmed">
          {video.status === "completed" ? texts.filmNone : texts.status[video.status]}
        </Text>
      )}
    </section>
  );
}
