import type { VideoModelJson } from "@loam/server";
import { ActionIcon, Button, Group, NumberInput, Select, Slider, Stack, Text, Textarea } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useMakeVideos } from "../../api/videos.ts";
import { RetryIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { videoTexts } from "./texts.ts";
import styles from "./video.module.css";

const route = getRouteApi("/video");
/** A model that knows no more words than these shows them all. */
const mostWords = 60;
const highestGuidance = 10;

const anySeed = (): number => Math.floor(Math.random() * 100_000);

/** What a clip is made of. What stands in the link is filled in. */
export function ClipForm({ models }: { models: readonly VideoModelJson[] }) {
  const texts = useTexts(videoTexts);
  const search = route.useSearch();
  const make = useMakeVideos();
  const [name, setName] = useState(search.model);
  const model = models.find((one) => one.name === name) ?? models[0]!;
  const [prompt, setPrompt] = useState(search.prompt ?? model.examples[0] ?? "");
  const sizes = model.sizes.map(({ size, seconds }) => ({
    value: `${size} ${seconds}`,
    label: texts.sizeOption(size, seconds),
  }));
  const [wantedSize, setSize] = useState(search.size);
  const size = sizes.find(({ value }) => value === wantedSize || value.startsWith(`${wantedSize} `)) ?? sizes[0]!;
  const [seed, setSeed] = useState(search.seed ?? anySeed);
  const [guidance, setGuidance] = useState(search.guidance);
  const [steps, setSteps] = useState(search.steps);

  function submit(event: FormEvent) {
    event.preventDefault();
    const [pixels, seconds] = size.value.split(" ");
    make.mutate([{ prompt: prompt.trim(), model: model.name, size: pixels, seconds, seed, guidance, steps }], {
      onSuccess: () => setSeed(anySeed()),
    });
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <Stack gap="sm">
        <Textarea
          label={texts.prompt}
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4000}
          required
        />
        {model.words.length <= mostWords && (
          <div>
            <Text size="xs" c="dimmed" mb={4}>
              {texts.knows(model.words.length)}
            </Text>
            <Group gap={4}>
              {model.words.map((word) => (
                <button
                  key={word}
                  type="button"
                  className={styles.word}
                  onClick={() => setPrompt((text) => (text.trim() === "" ? word : `${text.trimEnd()} ${word}`))}
                >
                  {word}
                </button>
              ))}
            </Group>
          </div>
        )}
        {models.length > 1 && (
          <Select
            label={texts.model}
            data={models.map((one) => one.name)}
            value={model.name}
            onChange={(value) => setName(value ?? undefined)}
            allowDeselect={false}
          />
        )}
        <Select
          label={texts.size}
          data={sizes}
          value={size.value}
          onChange={(value) => setSize(value ?? undefined)}
          allowDeselect={false}
        />
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <NumberInput
            label={texts.seed}
            description={texts.seedHelp}
            value={seed}
            onChange={(value) => setSeed(Number(value) || 0)}
            min={0}
            max={2 ** 31}
            allowDecimal={false}
            flex={1}
          />
          <ActionIcon size={36} variant="default" onClick={() => setSeed(anySeed())} aria-label={texts.anySeed}>
            <RetryIcon />
          </ActionIcon>
        </Group>
        <div>
          <Group justify="space-between">
            <Text size="sm" fw={500} id="guidance-label">
              {texts.guidance}
            </Text>
            <Text size="sm">{guidance ?? model.guidance}</Text>
          </Group>
          <Text size="xs" c="dimmed" mb={6}>
            {texts.guidanceHelp}
          </Text>
          <Slider
            min={0}
            max={highestGuidance}
            step={0.5}
            value={guidance ?? model.guidance}
            onChange={setGuidance}
            label={null}
            thumbProps={{ "aria-labelledby": "guidance-label" }}
          />
        </div>
        <NumberInput
          label={texts.steps}
          description={texts.stepsHelp}
          value={steps ?? model.steps}
          onChange={(value) => setSteps(Number(value) || undefined)}
          min={1}
          max={200}
          allowDecimal={false}
        />
        {make.isError && <InlineError error={make.error} />}
        <Button type="submit" loading={make.isPending} disabled={prompt.trim() === ""}>
          {texts.make}
        </Button>
      </Stack>
    </form>
  );
}
