import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** The title of a page (also of the browser's tab), what it is for, and its main action. */
export function PageHeader({ title, intro, children }: { title: string; intro: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Loam`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-end" gap="md" mb="lg">
      <div style={{ flex: "1 1 20rem" }}>
        <Title order={1}>{title}</Title>
        <Text c="dimmed" maw={620} mt={4}>
          {intro}
        </Text>
      </div>
      {children}
    </Group>
  );
}
