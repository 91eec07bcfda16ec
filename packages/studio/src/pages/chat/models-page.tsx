import { Badge, Button, Container, Group, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useServedModels } from "../../api/openai.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./chat.module.css";
import { ChatHeader } from "./chat-header.tsx";
import { Shelf } from "./shelf.tsx";
import { chatTexts } from "./texts.ts";

/** Every model that requests may name. */
export function ModelsPage() {
  const { format } = useI18n();
  const { models: texts } = useTexts(chatTexts);
  const models = useServedModels();
  return (
    <Container size="lg" py="xl">
      <ChatHeader />
      {models.status === "pending" && <ListSkeleton rows={4} height={48} />}
      {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      {models.data && (
        <Table.ScrollContainer minWidth={560}>
          <Table aria-label={texts.list} verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                {[texts.id, texts.owner, texts.context, texts.abilities].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {models.data.map((model) => (
                <Table.Tr key={model.id}>
                  <Table.Td className={styles.modelId}>{model.id}</Table.Td>
                  <Table.Td>{model.owned_by}</Table.Td>
                  <Table.Td>{model.context_length === undefined ? "–" : format.integer(model.context_length)}</Table.Td>
                  <Table.Td>
                    <Group gap={4}>
                      {model.abilities.map((ability) => (
                        <Badge key={ability} variant="light" tt="none">
                          {texts.ability[ability] ?? ability}
                        </Badge>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    {model.abilities.includes("chat") && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        renderRoot={(props) => <Link to="/chat" search={{ models: model.id }} {...props} />}
                      >
                        {texts.chat}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Shelf />
      <Text size="sm" c="dimmed" mt="md" maw={720}>
        {texts.pull}
      </Text>
    </Container>
  );
}
