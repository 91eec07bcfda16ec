import type { VideoJson } from "@loam/server";
import { Button, Container, CopyButton, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useDeleteVideo, useRemixVideo, useVideo, useVideoModels, useVideoWork, videoUrl } from "../../api/videos.ts";
import { useChangeWork } from "../../api/work.ts";
import { ConfirmDialog } from "../../components/confirm-dialog.tsx";
import { BackIcon, DownloadIcon, LinkIcon, StopIcon, TrashIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { InTheMaking } from "./clip-card.tsx";
import { FilmStrip } from "./film-strip.tsx";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";

const route = getRouteApi("/video/$id");

/** One clip: it plays, shows how it came about, and can be remixed, shared and deleted. */
export function ClipPage() {
  const texts = useTexts(videoTexts);
  const { id } = route.useParams();
  const video = useVideo(id);
  return (
    <Container size="xl" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/video" {...props} />}
      >
        {texts.back}
      </Button>
      {video.status === "pending" && <ListSkeleton rows={1} height={280} />}
      {video.status === "error" && <InlineError error={video.error} onRetry={video.refetch} />}
      {video.status === "success" && <ClipView video={video.data} />}
    </Container>
  );
}

function ClipView({ video }: { video: VideoJson }) {
  const texts = useTexts(videoTexts);
  useEffect(() => {
    document.title = `${video.prompt} · Loam`;
  }, [video.prompt]);
  return (
    <Stack gap="xl">
      <div className={styles.clip}>
        {video.status === "completed" ? (
          <video
            className={styles.frame}
            src={videoUrl(video.id)}
            poster={videoUrl(video.id, "thumbnail")}
            controls
            autoPlay
            muted
            loop
            playsInline
            aria-label={texts.play(video.prompt)}
          />
        ) : (
          <InTheMaking video={video} />
        )}
        <Stack gap="md">
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {video.prompt}
          </Title>
          <Actions video={video} />
          <Facts video={video} />
          {video.status === "completed" && <Remix video={video} />}
        </Stack>
      </div>
      <FilmStrip video={video} />
    </Stack>
  );
}

function Actions({ video }: { video: VideoJson }) {
  const texts = useTexts(videoTexts);
  const navigate = useNavigate();
  const work = useVideoWork(video.id);
  const change = useChangeWork();
  const remove = useDeleteVideo();
  const [asks, setAsks] = useState(false);
  const { prompt, model, size, seed, guidance, steps } = video;
  return (
    <Group gap="xs">
      {video.status === "completed" && (
        <Button
          variant="default"
          leftSection={<DownloadIcon />}
          renderRoot={(props) => <a href={videoUrl(video.id)} download={`${video.id}.mp4`} {...props} />}
        >
          {texts.download}
        </Button>
      )}
      <CopyButton value={`${location.origin}/video/${video.id}`}>
        {({ copied, copy }) => (
          <Button variant="default" leftSection={<LinkIcon />} onClick={copy}>
            {copied ? texts.shared : texts.share}
          </Button>
        )}
      </CopyButton>
      <Button
        variant="default"
        renderRoot={(props) => (
          <Link
            to="/video"
            search={{ prompt, model, size, seed, guidance: guidance ?? undefined, steps: steps ?? undefined }}
            {...props}
          />
        )}
      >
        {texts.again}
      </Button>
      {work && (video.status === "queued" || video.status === "in_progress") && (
        <Button
          variant="default"
          leftSection={<StopIcon />}
          loading={change.isPending}
          onClick={() => change.mutate({ id: work.id, change: "cancel" })}
        >
          {texts.cancel}
        </Button>
      )}
      <Button variant="default" leftSection={<TrashIcon />} onClick={() => setAsks(true)}>
        {texts.delete}
      </Button>
      <ConfirmDialog
        opened={asks}
        title={texts.deleteTitle}
        body={texts.deleteBody(prompt)}
        action={texts.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={() => setAsks(false)}
        onConfirm={() => remove.mutate(video.id, { onSuccess: () => void navigate({ to: "/video" }) })}
      />
    </Group>
  );
}

function Facts({ video }: { video: VideoJson }) {
  const { format } = useI18n();
  const texts = useTexts(videoTexts);
  const model = useVideoModels().data?.find(({ name }) => name === video.model);
  const own = (value: number | null, usual: number | undefined) =>
    value === null ? texts.own(String(usual ?? "–")) : String(value);
  const facts: [string, string][] = [
    [texts.model, video.model === video.localModel ? video.model : `${video.model} (${video.localModel})`],
    [texts.size, texts.sizeOption(video.size, video.seconds)],
    [texts.seed, String(video.seed)],
    [texts.guidance, own(video.guidance, model?.guidance)],
    [texts.steps, own(video.steps, model?.steps)],
    [texts.origin, texts.origins[video.origin]],
  ];
  return (
    <section aria-label={texts.facts}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed">
        {format.dateTime(video.createdAt)}
        {video.remixedFrom && (
          <>
            {" · "}
            <Link to="/video/$id" params={{ id: video.remixedFrom }} className={styles.link}>
              {texts.origins.change}
            </Link>
          </>
        )}
      </Text>
    </section>
  );
}

function Remix({ video }: { video: VideoJson }) {
  const texts = useTexts(videoTexts);
  const navigate = useNavigate();
  const remix = useRemixVideo();
  const [prompt, setPrompt] = useState(video.prompt);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        remix.mutate(
          { id: video.id, prompt: prompt.trim() },
          { onSuccess: ({ id }) => void navigate({ to: "/video/$id", params: { id } }) },
        );
      }}
    >
      <Stack gap="xs">
        <Textarea
          label={texts.remixPrompt}
          description={texts.remixHelp}
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          autosize
          minRows={1}
          maxLength={4000}
        />
        {remix.isError && <InlineError error={remix.error} />}
        <Group>
          <Button type="submit" variant="light" loading={remix.isPending} disabled={prompt.trim() === ""}>
            {texts.remix}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
