import { ActionIcon, Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { thumbKey, useFeedback, useJudge, useRemoveFeedback } from "../../../api/feedback.ts";
import { CloseIcon, DislikeIcon, LikeIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { feedbackTexts } from "./texts.ts";

/** What was said of a step, by whomever, and thumbs and a comment to add. */
export function Judge({ span }: { span: string }) {
  const { format } = useI18n();
  const texts = useTexts(feedbackTexts);
  const given = useFeedback(span);
  const judge = useJudge();
  const remove = useRemoveFeedback(span);
  const [comment, setComment] = useState("");
  const thumbs = [
    { score: 1, label: texts.good, Icon: LikeIcon },
    { score: 0, label: texts.bad, Icon: DislikeIcon },
  ];
  return (
    <>
      <Group gap="xs" align="flex-end">
        {thumbs.map(({ score, label, Icon }) => (
          <ActionIcon
            key={score}
            size="lg"
            variant="default"
            aria-label={label}
            title={label}
            loading={judge.isPending && judge.variables.score === score}
            onClick={() => judge.mutate({ span, key: thumbKey, score })}
          >
            <Icon />
          </ActionIcon>
        ))}
        <form
          style={{ flex: "1 1 220px" }}
          onSubmit={(event) => {
            event.preventDefault();
            if (comment.trim() === "") return;
            judge.mutate({ span, key: "comment", comment: comment.trim() }, { onSuccess: () => setComment("") });
          }}
        >
          <Group gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              aria-label={texts.comment}
              placeholder={texts.commentPlaceholder}
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={comment.trim() === ""}>
              {texts.save}
            </Button>
          </Group>
        </form>
      </Group>
      {judge.isError && <InlineError error={judge.error} />}
      {remove.isError && <InlineError error={remove.error} />}
      {given.isError && <InlineError error={given.error} onRetry={given.refetch} />}
      {given.data?.map(({ id, key, score, value, comment: said, by, createdAt }) => (
        <Group key={id} gap="xs" wrap="nowrap">
          <Text size="sm" fw={600}>
            {key}
          </Text>
          <Text size="sm" flex={1} style={{ overflowWrap: "anywhere" }}>
            {[score, typeof value === "string" ? value : null, said].filter((part) => part !== null).join(" · ")}
          </Text>
          <Text size="xs" c="dimmed">
            {[by, format.ago(createdAt)].filter(Boolean).join(", ")}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={texts.remove(key)}
            onClick={() => remove.mutate(id)}
          >
            <CloseIcon />
          </ActionIcon>
        </Group>
      ))}
    </>
  );
}
