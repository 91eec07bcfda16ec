import {
  ActionIcon,
  Anchor,
  Button,
  Container,
  FileButton,
  Group,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useEffect, useState } from "react";
import { openai, useObjects } from "../../api/openai.ts";
import { PlusIcon, TrashIcon, UploadIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./functions.module.css";
import { FunctionsHeader } from "./functions-header.tsx";
import type { StoredFile, VectorHit, VectorStore } from "./objects.ts";
import { functionTexts } from "./texts.ts";
import { useAct } from "./use-act.ts";

/** What was uploaded, and what can be searched by meaning. */
export function FilesPage() {
  return (
    <Container size="xl" py="xl">
      <FunctionsHeader />
      <div className={styles.halves}>
        <Files />
        <Stores />
      </div>
    </Container>
  );
}

function Files() {
  const { format } = useI18n();
  const { files: texts } = useTexts(functionTexts);
  const files = useObjects<StoredFile>("/files");
  const act = useAct();
  const [purpose, setPurpose] = useState("assistants");
  function upload(file: File | null) {
    if (!file) return;
    const form = new FormData();
    form.append("purpose", purpose);
    form.append("file", file, file.name);
    act.mutate({ method: "POST", path: "/files", body: form });
  }
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {texts.title}
      </Title>
      <Group align="flex-end" mb="sm">
        <Select
          label={texts.purpose}
          data={Object.entries(texts.purposes).map(([value, label]) => ({ value, label }))}
          value={purpose}
          onChange={(value) => setPurpose(value ?? "assistants")}
          allowDeselect={false}
        />
        <FileButton onChange={upload}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<UploadIcon />} loading={act.isPending}>
              {texts.upload}
            </Button>
          )}
        </FileButton>
      </Group>
      {act.isError && <InlineError error={act.error} />}
      {files.status === "pending" && <ListSkeleton rows={3} height={44} />}
      {files.status === "error" && <InlineError error={files.error} onRetry={files.refetch} />}
      {files.data?.length === 0 && <Text c="dimmed">{texts.empty}</Text>}
      <ul className={styles.list} aria-label={texts.list}>
        {files.data?.map((file) => (
          <li key={file.id} className={styles.item}>
            <div className={styles.itemMain}>
              <Anchor
                href={`/v1/files/${file.id}/content`}
                download={file.filename}
                aria-label={texts.download(file.filename)}
              >
                {file.filename}
              </Anchor>
              <Text size="xs" c="dimmed">
                {[
                  texts.purposes[file.purpose] ?? file.purpose,
                  format.bytes(file.bytes),
                  format.ago(new Date(file.created_at * 1000).toISOString()),
                ].join(" · ")}
              </Text>
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={texts.delete(file.filename)}
              onClick={() => act.mutate({ method: "DELETE", path: `/files/${file.id}` })}
            >
              <TrashIcon />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Stores() {
  const { stores: texts } = useTexts(functionTexts);
  const stores = useObjects<VectorStore>("/vector_stores", {
    isMoving: ({ file_counts }) => file_counts.in_progress > 0,
  });
  const act = useAct();
  const [name, setName] = useState("");
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {texts.title}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate(
            { method: "POST", path: "/vector_stores", body: { name: name.trim() } },
            { onSuccess: () => setName("") },
          );
        }}
      >
        <Group align="flex-end" mb="sm">
          <TextInput
            label={`${texts.new}: ${texts.name}`}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            leftSection={<PlusIcon />}
            disabled={name.trim() === ""}
            loading={act.isPending}
          >
            {texts.create}
          </Button>
        </Group>
      </form>
      {act.isError && <InlineError error={act.error} />}
      {stores.status === "pending" && <ListSkeleton rows={2} height={80} />}
      {stores.status === "error" && <InlineError error={stores.error} onRetry={stores.refetch} />}
      {stores.data?.length === 0 && <Text c="dimmed">{texts.empty}</Text>}
      <ul className={styles.list} aria-label={texts.list}>
        {stores.data?.map((store) => (
          <li key={store.id} className={styles.card}>
            <Store
              store={store}
              onDelete={() => act.mutate({ method: "DELETE", path: `/vector_stores/${store.id}` })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Store({ store, onDelete }: { store: VectorStore; onDelete: () => void }) {
  const { format } = useI18n();
  const { stores: texts } = useTexts(functionTexts);
  const add = useAct();
  const search = useAct<{ data: VectorHit[] }>();
  const [query, setQuery] = useState("");
  const [asked, setAsked] = useState<{ query: string }>();
  const { total, in_progress: reading, failed, completed } = store.file_counts;
  const { mutate } = search;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file that is ready by now may hold what was asked for
  useEffect(() => {
    if (asked) mutate({ method: "POST", path: `/vector_stores/${store.id}/search`, body: asked });
  }, [asked, completed, mutate, store.id]);
  async function addFile(file: File | null) {
    if (!file) return;
    const form = new FormData();
    form.append("purpose", "assistants");
    form.append("file", file, file.name);
    const { id } = await openai<{ id: string }>("POST", "/files", form);
    add.mutate({ method: "POST", path: `/vector_stores/${store.id}/files`, body: { file_id: id } });
  }
  return (
    <Stack gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600}>{store.name || store.id}</Text>
          <Text size="xs" c="dimmed">
            {[
              texts.files(total),
              reading > 0 && texts.reading(reading),
              failed > 0 && texts.failed(failed),
              format.bytes(store.usage_bytes),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <FileButton onChange={(file) => void addFile(file)}>
            {(props) => (
              <Button {...props} size="compact-sm" variant="default" loading={add.isPending}>
                {texts.add}
              </Button>
            )}
          </FileButton>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={texts.delete(store.name || store.id)}
            onClick={onDelete}
          >
            <TrashIcon />
          </ActionIcon>
        </Group>
      </Group>
      {add.isError && <InlineError error={add.error} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ query });
        }}
      >
        <TextInput
          size="xs"
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </form>
      {search.isError && <InlineError error={search.error} />}
      {search.data && (
        <ol className={styles.hits} aria-label={texts.found}>
          {search.data.data.length === 0 && <Text size="sm">{texts.nothing}</Text>}
          {search.data.data.map((hit, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: hits of one answer are in its order
            <li key={index}>
              <Text size="xs" c="dimmed">
                {hit.filename} · {texts.score(hit.score.toFixed(2))}
              </Text>
              <Text size="sm" lineClamp={4}>
                <Marked text={hit.content.map(({ text }) => text).join("\n")} query={query} />
              </Text>
            </li>
          ))}
        </ol>
      )}
    </Stack>
  );
}

/** A text with the words of a query marked. */
function Marked({ text, query }: { text: string; query: string }) {
  const words = query.match(/[\p{L}\p{N}]{2,}/gu) ?? [];
  if (words.length === 0) return text;
  const parts = text.split(new RegExp(`(${words.join("|")})`, "giu"));
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text stay as they are
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}
