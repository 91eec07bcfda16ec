import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useOpenSample } from "../../api/documents.ts";
import { explain } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** Adds the sample paper where it is not there yet, and opens it. */
export function SampleButton() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const open = useOpenSample();
  return (
    <Button
      variant="default"
      loading={open.isPending}
      onClick={() =>
        open.mutate(undefined, {
          onSuccess: ({ id }) => navigate({ to: "/documents/$id", params: { id } }),
          onError: (error) => notifications.show({ color: "clay", message: explain(error, t) }),
        })
      }
    >
      {t.library.sample}
    </Button>
  );
}
