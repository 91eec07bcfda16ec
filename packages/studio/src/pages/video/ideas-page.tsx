import type { VideoJson, VideoModelJson } from "@loam/server";
import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { latentsUrl, useVideoLatents, useVideoModels, useVideos, videoUrl } from "../../api/videos.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { FilmStrip } from "./film-strip.tsx";
import { Patches } from "./patches.tsx";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";
import { VideoHeader } from "./video-header.tsx";

/** Latents, patches, denoising: three ideas, each drawn from a clip of this machine's model. */
export function IdeasPage() {
  const texts = useTexts(videoTexts);
  const videos = useVideos();
  const models = useVideoModels();
  const video = videos.data?.find(({ status, origin }) => status === "completed" && origin === "prompt");
  const model = models.data?.find(({ name }) => name === video?.model);
  return (
    <Container size="xl" py="xl">
      <VideoHeader />
      {(videos.status === "pending" || models.status === "pending") && <ListSkeleton rows={3} height={140} />}
      {videos.status === "error" && <InlineError error={videos.error} onRetry={videos.refetch} />}
      {videos.data && !video && (
        <EmptyState title={texts.ideas.none}>
          <Button renderRoot={(props) => <Link to="/video" {...props} />}>{texts.make}</Button>
        </EmptyState>
      )}
      {video && model && <Ideas video={video} model={model} />}
    </Container>
  );
}

function Ideas({ video, model }: { video: VideoJson; model: VideoModelJson }) {
  const { format } = useI18n();
  const texts = useTexts(videoTexts);
  const latents = useVideoLatents(video.id);
  const [patchFrames, patchHeight, patchWidth] = model.patch;
  const [width, height] = video.size.split("x").map(Number) as [number, number];
  const frames = latents.data?.frames ?? 0;
  const count = Math.ceil(frames / patchFrames) * Math.ceil(height / patchHeight) * Math.ceil(width / patchWidth);
  return (
    <Stack gap={40}>
      <Group gap="md" wrap="nowrap">
        <video
          className={styles.exampleClip}
          src={videoUrl(video.id)}
          autoPlay
          muted
          loop
          playsInline
          aria-label={texts.play(video.prompt)}
        />
        <div>
          <Text c="dimmed">{texts.ideas.of}</Text>
          <Link to="/video/$id" params={{ id: video.id }} className={styles.link}>
            {video.prompt}
          </Link>
        </div>
      </Group>
      {latents.status === "error" && <InlineError error={latents.error} onRetry={latents.refetch} />}
      {latents.data && (
        <section className={styles.idea}>
          <Title order={2}>{texts.ideas.latent}</Title>
          <Text maw={720}>
            {texts.ideas.latentBody(
              format.integer(latents.data.valuesPerPatch),
              format.integer(latents.data.latentsPerPatch),
              format.integer(latents.data.patches),
              format.integer(frames),
            )}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <div className={styles.latents} tabIndex={0}>
            <img src={latentsUrl(video.id)} alt={texts.ideas.latentAlt} className={styles.pixels} />
          </div>
          <Text size="xs" c="dimmed">
            ↑ {texts.ideas.given} · ↓ {texts.ideas.restored}
          </Text>
        </section>
      )}
      {frames > 0 && (
        <section className={styles.idea}>
          <Title order={2}>{texts.ideas.patches}</Title>
          <Text maw={720}>{texts.ideas.patchesBody(patchFrames, patchHeight, patchWidth, count)}</Text>
          <Patches video={video} patch={model.patch} frames={frames} />
        </section>
      )}
      <section className={styles.idea}>
        <Title order={2}>{texts.ideas.denoise}</Title>
        <Text maw={720}>
          {texts.ideas.denoiseBody(video.steps ?? model.steps, String(video.guidance ?? model.guidance))}
        </Text>
        <FilmStrip video={video} titled={false} />
        <Text size="xs" c="dimmed">
          {texts.filmHelp}
        </Text>
      </section>
    </Stack>
  );
}
