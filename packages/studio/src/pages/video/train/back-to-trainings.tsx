import { Anchor, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BackIcon } from "../../../components/icons.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { trainTexts } from "./train-texts.ts";

export function BackToTrainings() {
  const texts = useTexts(trainTexts);
  return (
    <Anchor renderRoot={(props) => <Link to="/video/train" {...props} />} size="sm">
      <Group gap={6} mb="xs">
        <BackIcon />
        {texts.back}
      </Group>
    </Anchor>
  );
}
