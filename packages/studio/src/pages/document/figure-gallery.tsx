import type { FigureJson } from "@loam/server";
import { ActionIcon, Badge, Group, Modal, Stack, Text, UnstyledButton } from "@mantine/core";
import { figureImageUrl, useFigures } from "../../api/documents.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ExpandIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import type { Region } from "../../components/region.ts";
import type { Messages } from "../../i18n/en.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./document.module.css";

interface FigureGalleryProps {
  document: string;
  enlarged: string | undefined;
  onEnlarge: (figure: string | undefined) => void;
  onShow: (regions: readonly Region[]) => void;
}

export function FigureGallery({ document, enlarged, onEnlarge, onShow }: FigureGalleryProps) {
  const { t } = useI18n();
  const figures = useFigures(document);
  if (figures.status === "pending") return <ListSkeleton height={180} />;
  if (figures.status === "error") return <InlineError error={figures.error} onRetry={figures.refetch} />;
  if (figures.data.length === 0) return <EmptyState title={t.document.noFigures} />;
  const large = figures.data.find(({ id }) => id === enlarged);
  return (
    <>
      <ul className={styles.gallery}>
        {figures.data.map((figure) => (
          <FigureCard key={figure.id} document={document} figure={figure} onEnlarge={onEnlarge} onShow={onShow} />
        ))}
      </ul>
      <Modal
        opened={large !== undefined}
        onClose={() => onEnlarge(undefined)}
        size="auto"
        title={large && nameOf(large, t)}
        closeButtonProps={{ "aria-label": t.common.close }}
        centered
      >
        {large && (
          <Stack maw={1100}>
            <img
              className={styles.largeFigure}
              src={figureImageUrl(document, large.id)}
              alt={large.caption ?? nameOf(large, t)}
            />
            <FigureText figure={large} detailed />
          </Stack>
        )}
      </Modal>
    </>
  );
}

function FigureCard({
  document,
  figure,
  onEnlarge,
  onShow,
}: Omit<FigureGalleryProps, "enlarged"> & { figure: FigureJson }) {
  const { t } = useI18n();
  const name = nameOf(figure, t);
  return (
    <li className={styles.figureCard}>
      <UnstyledButton
        className={styles.figureButton}
        onClick={() => onShow([{ page: figure.page, box: figure.box }])}
        aria-label={t.document.figureOnPage(name, figure.page)}
      >
        <img src={figureImageUrl(document, figure.id)} alt="" loading="lazy" />
      </UnstyledButton>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} size="sm">
          {name}
          <Text span c="dimmed" fw={400} size="sm">
            {" "}
            · {t.common.pageShort(figure.page)}
          </Text>
        </Text>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => onEnlarge(figure.id)}
          aria-label={t.document.enlarge(name)}
        >
          <ExpandIcon />
        </ActionIcon>
      </Group>
      <FigureText figure={figure} />
    </li>
  );
}

function FigureText({ figure, detailed = false }: { figure: FigureJson; detailed?: boolean }) {
  const { t } = useI18n();
  const { description, innerText: textInside } = figure;
  return (
    <Stack gap={6}>
      {figure.caption && (
        <Text size="sm" fs="italic">
          {figure.caption}
        </Text>
      )}
      {description ? (
        <>
          <Text size="sm" lineClamp={detailed ? undefined : 6}>
            {description.text}
          </Text>
          <Badge variant="light" color={description.source === "vision" ? "moss" : "gray"} tt="none">
            {description.source === "vision"
              ? t.document.describedBy.vision(description.model ?? "")
              : t.document.describedBy[description.source]}
          </Badge>
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {t.document.noDescription}
        </Text>
      )}
      {detailed && textInside && (
        <section>
          <Text size="sm" fw={600}>
            {t.document.textInFigure}
          </Text>
          <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
            {textInside}
          </Text>
        </section>
      )}
      {detailed && figure.mentions.length > 0 && (
        <section>
          <Text size="sm" fw={600}>
            {t.document.mentions}
          </Text>
          {figure.mentions.map(({ page, text }) => (
            <Text key={`${page} ${text}`} size="sm">
              {text}{" "}
              <Text span c="dimmed">
                ({t.common.pageShort(page)})
              </Text>
            </Text>
          ))}
        </section>
      )}
    </Stack>
  );
}

function nameOf(figure: FigureJson, t: Messages): string {
  return figure.label ?? t.document.figureKinds[figure.kind];
}
