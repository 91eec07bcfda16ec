import type { VideoJson, VideoModelJson } from "@loam/server";
import { Button, Container, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMakeVideos, useVideoModels, useVideos } from "../../api/videos.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { ClipCard } from "./clip-card.tsx";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";
import { VideoHeader } from "./video-header.tsx";
import { type GridSearch, readNumbers } from "./video-search.ts";

const route = getRouteApi("/video/grid");

/** The same words from several seeds, followed with several strengths. The link is the grid: its clips are found by it. */
export function GridPage() {
  const models = useVideoModels();
  const videos = useVideos();
  return (
    <Container size="xl" py="xl">
      <VideoHeader />
      {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      {videos.status === "error" && <InlineError error={videos.error} onRetry={videos.refetch} />}
      {models.data?.[0] && videos.data ? (
        <Grid models={models.data} videos={videos.data} />
      ) : (
        models.status === "pending" && <ListSkeleton rows={3} />
      )}
    </Container>
  );
}

function Grid({ models, videos }: { models: readonly VideoModelJson[]; videos: readonly VideoJson[] }) {
  const texts = useTexts(videoTexts);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const make = useMakeVideos();
  const model = models.find(({ name }) => name === search.model) ?? models[0]!;
  const prompt = search.prompt ?? model.examples[0] ?? "";
  const [words, setWords] = useState(prompt);
  const change = (next: GridSearch) => navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const seeds = readNumbers(search.seeds ?? "1-3").filter(Number.isInteger);
  const guidances = readNumbers(search.guidances ?? "1, 2, 4");
  const find = (seed: number, guidance: number) =>
    videos.find(
      (video) =>
        video.prompt === prompt &&
        video.model === model.name &&
        video.seed === seed &&
        video.guidance === guidance &&
        (search.steps === undefined || video.steps === search.steps) &&
        video.origin === "prompt" &&
        video.status !== "failed",
    );
  const wanted = seeds.flatMap((seed) => guidances.map((guidance) => ({ seed, guidance })));
  const missing = wanted.filter(({ seed, guidance }) => !find(seed, guidance));
  return (
    <Stack>
      <Text c="dimmed">{texts.gridIntro}</Text>
      <Group align="flex-end">
        <TextInput
          label={texts.prompt}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onBlur={() => change({ prompt: words.trim() || undefined })}
          onKeyDown={(event) => event.key === "Enter" && change({ prompt: words.trim() || undefined })}
          flex="2 1 260px"
        />
        {models.length > 1 && (
          <Select
            label={texts.model}
            data={models.map(({ name }) => name)}
            value={model.name}
            onChange={(name) => change({ model: name ?? undefined })}
            allowDeselect={false}
          />
        )}
        <TextInput
          label={texts.seeds}
          defaultValue={search.seeds ?? "1-3"}
          onChange={(event) => change({ seeds: event.currentTarget.value })}
          w={130}
          title={texts.numbersHelp}
        />
        <TextInput
          label={texts.guidances}
          defaultValue={search.guidances ?? "1, 2, 4"}
          onChange={(event) => change({ guidances: event.currentTarget.value })}
          w={130}
          title={texts.numbersHelp}
        />
        <Button
          disabled={missing.length === 0}
          loading={make.isPending}
          onClick={() =>
            make.mutate(missing.map((one) => ({ prompt, model: model.name, steps: search.steps, ...one })))
          }
        >
          {missing.length === 0 ? texts.gridAll : texts.gridMake(missing.length)}
        </Button>
      </Group>
      {make.isError && <InlineError error={make.error} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.gridScroll} aria-label={texts.gridLabel(prompt)} tabIndex={0}>
        <table className={styles.grid}>
          <thead>
            <tr>
              <th scope="col">{texts.gridHead}</th>
              {guidances.map((guidance) => (
                <th key={guidance} scope="col">
                  {texts.guidance} {guidance}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seeds.map((seed) => (
              <tr key={seed}>
                <th scope="row">{seed}</th>
                {guidances.map((guidance) => {
                  const video = find(seed, guidance);
                  return (
                    <td key={guidance}>
                      {video ? <ClipCard video={video} isSmall /> : <div className={styles.hole}>{texts.missing}</div>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Stack>
  );
}
