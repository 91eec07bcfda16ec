import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { assertOk } from "../../../api/client.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import styles from "../experiments.module.css";

/** A saved version as its exported page shows it, kept apart from the styles of this one. It has no scripts, and could run none here. */
export function ReportPreview({ id, version }: { id: string; version: number }) {
  const box = useRef<HTMLDivElement>(null);
  const page = useQuery({
    queryKey: ["reports", id, "html", version],
    queryFn: async () =>
      (await assertOk(await fetch(`/api/reports/${encodeURIComponent(id)}/export?format=html`))).text(),
  });
  useEffect(() => {
    if (page.data === undefined || !box.current) return;
    const root = box.current.shadowRoot ?? box.current.attachShadow({ mode: "open" });
    const parsed = new DOMParser().parseFromString(page.data, "text/html");
    parsed.querySelector("main")?.setAttribute("role", "group"); // the page around it has its own
    root.replaceChildren(...parsed.querySelectorAll("style"), ...parsed.body.childNodes);
  }, [page.data]);
  if (page.status === "error") return <InlineError error={page.error} onRetry={page.refetch} />;
  if (page.status === "pending") return <Skeleton height={300} />;
  return <div className={styles.preview} ref={box} />;
}
