import type { RunDetailJson } from "@loam/server";
import { Slider, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { isOpen } from "../../../api/tune.ts";
import { useI18n } from "../../../i18n/i18n.tsx";
import styles from "../tune.module.css";

/** The answers to the same questions after more and more steps; the newest unless another step is chosen. */
export function RunSamples({ run }: { run: RunDetailJson }) {
  const { t, format } = useI18n();
  const [chosen, setChosen] = useState<number>();
  const steps = [...new Set(run.samples.map(({ step }) => step))];
  const at = Math.min(chosen ?? steps.length - 1, steps.length - 1);
  const step = steps[at];
  if (steps.length === 0 && isOpen(run)) return null;
  return (
    <section className={styles.section} aria-label={t.tune.run.samples}>
      <div>
        <Title order={2}>{t.tune.run.samples}</Title>
        <Text size="sm" c="dimmed">
          {steps.length === 0 ? t.tune.run.noSamples : t.tune.run.samplesHelp}
        </Text>
      </div>
      {steps.length > 1 && (
        <Slider
          value={at}
          onChange={setChosen}
          min={0}
          max={steps.length - 1}
          step={1}
          marks={steps.map((mark, i) => ({
            value: i,
            label: steps.length <= 8 || i === 0 || i === steps.length - 1 ? format.integer(mark) : undefined,
          }))}
          label={(i) => t.tune.run.sampleStep(format.integer(steps[i] ?? 0))}
          thumbLabel={t.tune.run.sampleSlider}
          mb="lg"
          mx={8}
        />
      )}
      {step !== undefined && (
        <Stack gap="sm" aria-live="polite">
          <Text size="sm" fw={600}>
            {t.tune.run.sampleStep(format.integer(step))}
          </Text>
          {run.samples
            .filter((sample) => sample.step === step)
            .map(({ prompt, text }) => (
              <div key={prompt} className={styles.sample}>
                <p className={styles.samplePrompt}>{prompt}</p>
                <p className={styles.sampleText}>{text || t.tune.run.emptyAnswer}</p>
              </div>
            ))}
        </Stack>
      )}
    </section>
  );
}
