import type { VideoRunDetailJson } from "@loam/server";
import { Text, Title } from "@mantine/core";
import { isOpen } from "../../../api/video-training.ts";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../video.module.css";
import { trainTexts } from "./train-texts.ts";

/** The clips of the same prompts after more and more steps: a row for each prompt, time to the right. */
export function SampleWall({ run }: { run: VideoRunDetailJson }) {
  const texts = useTexts(trainTexts);
  const { format } = useI18n();
  const prompts = [...new Set(run.samples.map(({ prompt }) => prompt))];
  if (prompts.length === 0 && !isOpen(run)) return null;
  return (
    <section aria-label={texts.samples}>
      <Title order={2} size="h3">
        {texts.samples}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {prompts.length === 0 ? texts.noSamples : texts.samplesHelp}
      </Text>
      {prompts.map((prompt) => (
        <div key={prompt}>
          <Text size="sm" fw={600}>
            {prompt}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <ol className={styles.samples} tabIndex={0} aria-label={prompt}>
            {run.samples
              .filter((sample) => sample.prompt === prompt)
              .map(({ step, url }) => (
                <li key={step}>
                  <img src={url} alt={texts.sample(prompt, format.integer(step))} loading="lazy" />
                  <span>{texts.atStep(format.integer(step))}</span>
                </li>
              ))}
          </ol>
        </div>
      ))}
    </section>
  );
}
