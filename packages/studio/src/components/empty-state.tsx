import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** What stands where there is nothing (yet), and what to do about it. */
export function EmptyState({ title, body, children }: { title: string; body?: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Title order={2}>{title}</Title>
      {body && (
        <Text c="dimmed" maw={460}>
          {body}
        </Text>
      )}
      {children}
    </Stack>
  );
}
