import { Container } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { useDocument } from "../../api/documents.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { toDocumentRow } from "../library/document-row.ts";
import { DocumentView } from "./document-view.tsx";
import { FailedDocument } from "./failed-document.tsx";

const route = getRouteApi("/documents/$id");

export function DocumentPage() {
  const { id } = route.useParams();
  const document = useDocument(id);
  const title = document.data?.title;
  useEffect(() => {
    if (title) window.document.title = `${title} · Loam`;
  }, [title]);
  if (document.status !== "success") {
    return (
      <Container size="md" py="xl">
        {document.status === "pending" ? (
          <ListSkeleton rows={2} height={320} />
        ) : (
          <InlineError error={document.error} onRetry={document.refetch} />
        )}
      </Container>
    );
  }
  const row = toDocumentRow(document.data);
  if (row.status === "failed" && !row.openable) return <FailedDocument row={row} />;
  return <DocumentView key={id} document={document.data} />;
}
