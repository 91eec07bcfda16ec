import { Container, Title } from "@mantine/core";
import { useVideoModels, useVideos } from "../../api/videos.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { ClipCard } from "./clip-card.tsx";
import { ClipForm } from "./clip-form.tsx";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";
import { VideoHeader } from "./video-header.tsx";

/** Clips: what is asked for, what is being made, what there is. */
export function VideoPage() {
  const texts = useTexts(videoTexts);
  const models = useVideoModels();
  return (
    <Container size="xl" py="xl">
      <VideoHeader />
      {models.status === "pending" && <ListSkeleton rows={2} />}
      {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      {models.status === "success" &&
        (models.data.length === 0 ? (
          <EmptyState title={texts.noModelTitle} body={texts.noModelBody} />
        ) : (
          <div className={styles.split}>
            <ClipForm models={models.data} />
            <Gallery />
          </div>
        ))}
    </Container>
  );
}

function Gallery() {
  const texts = useTexts(videoTexts);
  const videos = useVideos();
  return (
    <section aria-labelledby="gallery">
      <Title order={2} size="h3" id="gallery" mb="sm">
        {texts.gallery}
      </Title>
      {videos.status === "pending" && <ListSkeleton rows={2} height={180} />}
      {videos.status === "error" && <InlineError error={videos.error} onRetry={videos.refetch} />}
      {videos.data?.length === 0 && <EmptyState title={texts.emptyTitle} body={texts.emptyBody} />}
      {videos.data && videos.data.length > 0 && (
        <ul className={styles.gallery}>
          {videos.data.map((video) => (
            <li key={video.id}>
              <ClipCard video={video} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
