import type { VideoJson } from "@loam/server";
import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { filmUrl, useVideoWork, videoUrl } from "../../api/videos.ts";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { cellStyle, useFilm } from "./film.ts";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";

/** A clip in the gallery: it plays while it is pointed at or focused; before it is done, what can be made out so far. */
export function ClipCard({ video, isSmall = false }: { video: VideoJson; isSmall?: boolean }) {
  const texts = useTexts(videoTexts);
  const { format } = useI18n();
  return (
    <article className={styles.card}>
      <Link to="/video/$id" params={{ id: video.id }} className={styles.cardLink}>
        {video.status === "completed" ? <Playing video={video} /> : <InTheMaking video={video} />}
      </Link>
      {!isSmall && (
        <div className={styles.cardText}>
          <Text size="sm" fw={600} lineClamp={2}>
            {video.prompt}
          </Text>
          <Text size="xs" c="dimmed">
            {video.status === "completed" ? format.ago(video.createdAt) : texts.status[video.status]}
          </Text>
        </div>
      )}
    </article>
  );
}

function Playing({ video }: { video: VideoJson }) {
  const texts = useTexts(videoTexts);
  const player = useRef<HTMLVideoElement>(null);
  const play = () => void player.current?.play().catch(() => {}); // it may have been left before it began
  const rest = () => player.current?.pause();
  return (
    <video
      ref={player}
      className={styles.frame}
      src={videoUrl(video.id)}
      poster={videoUrl(video.id, "thumbnail")}
      preload="none"
      muted
      loop
      playsInline
      aria-label={texts.play(video.prompt)}
      onMouseEnter={play}
      onMouseLeave={rest}
      onFocus={play}
      onBlur={rest}
    />
  );
}

/** The newest guess of a clip that is being made. */
export function InTheMaking({ video }: { video: VideoJson }) {
  const texts = useTexts(videoTexts);
  const work = useVideoWork(video.id);
  const done = work?.progress?.done ?? 0;
  const total = work?.progress?.total;
  const film = useFilm(done > 0 ? filmUrl(video.id, done) : undefined, video.size);
  const isMoving = video.status === "in_progress";
  return (
    <div className={styles.frame} data-open style={film && cellStyle(film, film.columns - 1, "guess")}>
      <span className="visually-hidden">{texts.open(video.prompt)} </span>
      {video.status === "failed" ? (
        <span className={styles.failed}>{video.error?.message}</span>
      ) : (
        <span className={styles.making}>
          <WorkProgress
            share={isMoving && total ? done / total : undefined}
            isMoving={isMoving}
            label={texts.status[video.status]}
          />
          {isMoving && total !== undefined && <span>{texts.step(done, total)}</span>}
        </span>
      )}
    </div>
  );
}
