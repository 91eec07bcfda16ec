import type { VideoJson, VideoModelJson } from "@loam/server";
import { Container, Group, SegmentedControl, Select, Slider, Stack, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useVideoAttention, useVideoModels, useVideos, videoUrl } from "../../api/videos.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { sharesOf } from "./attention-shares.ts";
import { attentionTexts } from "./attention-texts.ts";
import { patchesOf } from "./patch-pieces.ts";
import styles from "./video.module.css";
import { VideoHeader } from "./video-header.tsx";

const route = getRouteApi("/video/attention");

/** Where a patch looks: which words, which patches, through the frames, by layer and by noise. What is seen is in the link. */
export function AttentionPage() {
  const texts = useTexts(attentionTexts);
  const { clip } = route.useSearch();
  const videos = useVideos();
  const models = useVideoModels();
  const done = videos.data?.filter(({ status, origin }) => status === "completed" && origin !== "extension") ?? [];
  const video = done.find(({ id }) => id === clip) ?? done[0];
  const model = models.data?.find(({ name }) => name === video?.model);
  return (
    <Container size="xl" py="xl">
      <VideoHeader />
      {(videos.status === "pending" || models.status === "pending") && <ListSkeleton rows={3} height={140} />}
      {videos.status === "error" && <InlineError error={videos.error} onRetry={videos.refetch} />}
      {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      {videos.data && !video && <EmptyState title={texts.none} />}
      {video && model && <Viewer key={video.id} video={video} model={model} videos={done} />}
    </Container>
  );
}

function Viewer({ video, model, videos }: { video: VideoJson; model: VideoModelJson; videos: readonly VideoJson[] }) {
  const texts = useTexts(attentionTexts);
  const { format } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<typeof search>) => navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const frames = model.sizes.find(({ size }) => size === video.size)?.frames ?? 0;
  const place = patchesOf({ size: video.size, patch: model.patch, frames, sheet: videoUrl(video.id, "spritesheet") });
  const chosen = Math.min(search.patch ?? Math.floor(place.order.length / 2), place.order.length - 1);
  const time = search.time ?? 0.7;
  const [sliding, setSliding] = useState(time);
  const look = useVideoAttention(video.id, { patch: chosen, time });
  const shares = look.data && sharesOf(look.data, search.block);
  const percent = (share: number) => format.percent(share);
  return (
    <Stack gap="lg">
      <Text maw={720} c="dimmed">
        {texts.intro}
      </Text>
      <Group align="flex-end" gap="xl">
        <Select
          label={texts.clip}
          data={videos.map(({ id, prompt, seed }) => ({ value: id, label: `${prompt} (${seed})` }))}
          value={video.id}
          onChange={(id) => change({ clip: id ?? undefined, patch: undefined })}
          allowDeselect={false}
          w={260}
        />
        <div>
          <Text size="sm" fw={500} id="block-label">
            {texts.block}
          </Text>
          <SegmentedControl
            aria-labelledby="block-label"
            value={search.block === undefined ? "all" : String(search.block)}
            onChange={(value) => change({ block: value === "all" ? undefined : Number(value) })}
            data={[
              { value: "all", label: texts.all },
              ...Array.from({ length: look.data?.patches.length ?? 0 }, (_, i) => ({
                value: String(i),
                label: String(i + 1),
              })),
            ]}
          />
        </div>
        <div className={styles.noise}>
          <Text size="sm" fw={500} id="noise-label">
            {texts.time}: {percent(sliding)}
          </Text>
          <Slider
            min={0}
            max={1}
            step={0.05}
            value={sliding}
            onChange={setSliding}
            onChangeEnd={(value) => change({ time: value })}
            label={null}
            thumbProps={{ "aria-labelledby": "noise-label" }}
          />
        </div>
      </Group>
      <Text size="xs" c="dimmed">
        {texts.timeHelp(percent(sliding))}
      </Text>
      {look.status === "error" && <InlineError error={look.error} onRetry={look.refetch} />}
      {shares && (
        <>
          <Title order={2} size="h3" aria-live="polite">
            {texts.chosen(chosen + 1)}
          </Title>
          <section className={styles.slices} aria-label={texts.map}>
            {Array.from({ length: place.slices }, (_, slice) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the slices of a clip are in order
              <figure key={slice} className={styles.slice}>
                <div className={styles.cut} style={{ gridTemplateColumns: `repeat(${place.columns}, 1fr)` }}>
                  {place.order
                    .filter((one) => one.slice === slice)
                    .map((one) => (
                      <button
                        key={one.n}
                        type="button"
                        className={styles.look}
                        style={place.style(one)}
                        aria-pressed={one.n === chosen}
                        aria-label={texts.patch(one.n + 1, percent(shares.patches[one.n]!))}
                        title={texts.patch(one.n + 1, percent(shares.patches[one.n]!))}
                        onClick={() => change({ patch: one.n })}
                      >
                        <span style={{ opacity: shares.patches[one.n]! / shares.strongest }} />
                      </button>
                    ))}
                </div>
                <figcaption>
                  {texts.slice(slice * model.patch[0] + 1, (slice + 1) * model.patch[0])} ·{" "}
                  {texts.sliceShare(percent(shares.slices[slice]!))}
                </figcaption>
              </figure>
            ))}
          </section>
          <section aria-label={texts.words}>
            <Title order={3} size="h4" mb="xs">
              {texts.words}
            </Title>
            <ul className={styles.wordShares}>
              {shares.words.map(({ word, share }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a prompt may say a word twice
                <li key={i}>
                  <span>{word}</span>
                  <span className={styles.bar} aria-hidden>
                    <span style={{ width: `${100 * share}%` }} />
                  </span>
                  <span>{percent(share)}</span>
                </li>
              ))}
            </ul>
          </section>
        </>
      )}
    </Stack>
  );
}
