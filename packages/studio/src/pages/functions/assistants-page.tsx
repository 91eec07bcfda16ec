import {
  ActionIcon,
  Button,
  Container,
  Modal,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useObjects, useServedModels } from "../../api/openai.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { PlusIcon, TrashIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { parseFunctions } from "../chat/request.ts";
import { FunctionsField } from "../chat/settings-panel.tsx";
import styles from "./functions.module.css";
import { FunctionsHeader } from "./functions-header.tsx";
import type { Assistant, VectorStore } from "./objects.ts";
import { functionTexts } from "./texts.ts";
import { ThreadView } from "./thread-view.tsx";
import { useAct } from "./use-act.ts";

const route = getRouteApi("/functions");

/** Assistants, and a thread with the one that is chosen. */
export function AssistantsPage() {
  const { assistants: texts } = useTexts(functionTexts);
  const assistants = useObjects<Assistant>("/assistants");
  const [isNew, setIsNew] = useState(false);
  const { assistant: chosen } = route.useSearch();
  const found = assistants.data?.find(({ id }) => id === chosen);
  return (
    <Container size="xl" py="xl">
      <FunctionsHeader />
      {isNew && <NewAssistant onClose={() => setIsNew(false)} />}
      {assistants.status === "pending" && <ListSkeleton rows={3} />}
      {assistants.status === "error" && <InlineError error={assistants.error} onRetry={assistants.refetch} />}
      {assistants.data?.length === 0 && (
        <EmptyState title={texts.emptyTitle} body={texts.emptyBody}>
          <Button mt="sm" onClick={() => setIsNew(true)}>
            {texts.new}
          </Button>
        </EmptyState>
      )}
      {assistants.data && assistants.data.length > 0 && (
        <div className={styles.split}>
          <section>
            <Button fullWidth variant="light" leftSection={<PlusIcon />} mb="sm" onClick={() => setIsNew(true)}>
              {texts.new}
            </Button>
            <AssistantList assistants={assistants.data} chosen={chosen} />
          </section>
          {found ? <ThreadView key={found.id} assistant={found} /> : <Text c="dimmed">{texts.choose}</Text>}
        </div>
      )}
    </Container>
  );
}

function AssistantList({ assistants, chosen }: { assistants: readonly Assistant[]; chosen: string | undefined }) {
  const { assistants: texts } = useTexts(functionTexts);
  const navigate = route.useNavigate();
  const act = useAct();
  return (
    <ul className={styles.list} aria-label={texts.list}>
      {assistants.map((assistant) => {
        const name = assistant.name || texts.unnamed;
        const functions = assistant.tools.filter(({ type }) => type === "function").length;
        return (
          <li key={assistant.id} className={styles.item} data-chosen={assistant.id === chosen || undefined}>
            <UnstyledButton
              className={styles.itemMain}
              aria-pressed={assistant.id === chosen}
              onClick={() => navigate({ search: { assistant: assistant.id } })}
            >
              <Text fw={600}>{name}</Text>
              <Text size="xs" c="dimmed" truncate>
                {[assistant.model.split("/").at(-1), functions > 0 && texts.functions(functions)]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </UnstyledButton>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={texts.delete(name)}
              onClick={() => act.mutate({ method: "DELETE", path: `/assistants/${assistant.id}` })}
            >
              <TrashIcon />
            </ActionIcon>
          </li>
        );
      })}
    </ul>
  );
}

function NewAssistant({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const { assistants: texts } = useTexts(functionTexts);
  const navigate = route.useNavigate();
  const models = useServedModels();
  const stores = useObjects<VectorStore>("/vector_stores");
  const act = useAct();
  const [name, setName] = useState("");
  const [model, setModel] = useState<string | null>(null);
  const [instructions, setInstructions] = useState("");
  const [functions, setFunctions] = useState("");
  const [store, setStore] = useState<string | null>(null);
  const chatting = (models.data ?? []).filter(({ abilities }) => abilities.includes("chat")).map(({ id }) => id);
  const wanted = model ?? chatting[0];
  const tools = parseFunctions(functions);
  return (
    <Modal opened onClose={onClose} title={texts.new} size="lg" closeButtonProps={{ "aria-label": t.common.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const body = {
            ...{ name: name.trim(), model: wanted, instructions },
            tools: [...(tools.value ?? []), ...(store ? [{ type: "file_search" }] : [])],
            ...(store && { tool_resources: { file_search: { vector_store_ids: [store] } } }),
          };
          const onSuccess = ({ id }: { id: string }) => {
            onClose();
            void navigate({ search: { assistant: id } });
          };
          act.mutate({ method: "POST", path: "/assistants", body }, { onSuccess });
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={texts.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
            required
          />
          {models.data && chatting.length === 0 ? (
            <Text c="clay">{texts.noModel}</Text>
          ) : (
            <Select
              label={texts.model}
              data={chatting}
              value={wanted ?? null}
              onChange={setModel}
              allowDeselect={false}
            />
          )}
          <Textarea
            label={texts.instructions}
            value={instructions}
            onChange={(event) => setInstructions(event.currentTarget.value)}
            autosize
            minRows={2}
          />
          <FunctionsField value={functions} onChange={setFunctions} />
          {stores.data && stores.data.length > 0 && (
            <Select
              label={texts.store}
              placeholder={texts.noStore}
              data={stores.data.map(({ id, name: label }) => ({ value: id, label: label || id }))}
              value={store}
              onChange={setStore}
              clearable
            />
          )}
          {act.isError && <InlineError error={act.error} />}
          <Button
            type="submit"
            loading={act.isPending}
            disabled={name.trim() === "" || !wanted || tools.problem !== undefined}
          >
            {texts.create}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
