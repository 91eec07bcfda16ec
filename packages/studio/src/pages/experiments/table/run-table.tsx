import { Checkbox, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode, useState } from "react";
import type { Run } from "../../../api/experiments.ts";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { RunStatus } from "../run-status.tsx";
import { experimentTexts } from "../texts.ts";
import { type Column, cellOf, filterName, groupRuns, showCell, splitColumn } from "./cells.ts";

interface RunTableProps {
  runs: readonly Run[];
  columns: readonly Column[];
  group: Column | undefined;
  order: string | undefined;
  onOrder: (order: string | undefined) => void;
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
}

/** Runs as rows; groups fold, and show the means of their metrics. */
export function RunTable({ runs, columns, group, order, onOrder, chosen, onChoose }: RunTableProps) {
  const { table: texts } = useTexts(experimentTexts);
  const [open, setOpen] = useState<readonly string[]>([]);
  const groups = group ? groupRuns(runs, group) : undefined;
  const toggle = (id: string) => onChoose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const row = (run: Run) => (
    <Row key={run.id} run={run} columns={columns} isChosen={chosen.includes(run.id)} onToggle={() => toggle(run.id)} />
  );
  const all = runs.every(({ id }) => chosen.includes(id));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={texts.list}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col" className={styles.check}>
              <Checkbox
                size="xs"
                aria-label={texts.chooseAll}
                checked={all}
                indeterminate={!all && chosen.length > 0}
                onChange={() => onChoose(all ? [] : runs.map(({ id }) => id))}
              />
            </th>
            <Head column="attributes.run_name" name={texts.name} order={order} onOrder={onOrder} />
            <th scope="col">{texts.status}</th>
            <Head column="attributes.start_time" name={texts.started} order={order} onOrder={onOrder} />
            <th scope="col">{texts.took}</th>
            {columns.map((column) => (
              <Head
                key={column}
                column={filterName(column)}
                name={splitColumn(column).name}
                detail={splitColumn(column).kind}
                order={order}
                onOrder={onOrder}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {groups
            ? groups.map(({ value, runs: members, means }) => (
                <Fragment key={value}>
                  <tr className={styles.groupRow}>
                    <td className={styles.check}>
                      <UnstyledButton
                        aria-expanded={open.includes(value)}
                        aria-label={value || "–"}
                        onClick={() =>
                          setOpen((known) =>
                            known.includes(value) ? known.filter((one) => one !== value) : [...known, value],
                          )
                        }
                      >
                        {open.includes(value) ? "▾" : "▸"}
                      </UnstyledButton>
                    </td>
                    <th scope="row" colSpan={4}>
                      {splitColumn(group!).name} = {value || "–"} · {texts.members(members.length)} · {texts.mean}
                    </th>
                    {columns.map((column) => {
                      const { kind, name } = splitColumn(column);
                      return <td key={column}>{kind === "metrics" ? showCell(means[name]) : ""}</td>;
                    })}
                  </tr>
                  {open.includes(value) && members.map(row)}
                </Fragment>
              ))
            : runs.map(row)}
        </tbody>
      </table>
    </section>
  );
}

function Head({
  column,
  name,
  detail,
  order,
  onOrder,
}: {
  column: string;
  name: string;
  detail?: string;
  order: string | undefined;
  onOrder: (order: string | undefined) => void;
}) {
  const { table: texts } = useTexts(experimentTexts);
  const direction = order === `${column} ASC` ? "ascending" : order === `${column} DESC` ? "descending" : undefined;
  const next = direction === "ascending" ? `${column} DESC` : direction === "descending" ? undefined : `${column} ASC`;
  return (
    <th scope="col" aria-sort={direction}>
      <UnstyledButton className={styles.sort} onClick={() => onOrder(next)} title={texts.sort(name)}>
        {detail && <span className={styles.kind}>{detail} </span>}
        {name}
        {direction && <span aria-hidden="true">{direction === "ascending" ? " ↑" : " ↓"}</span>}
      </UnstyledButton>
    </th>
  );
}

function Row({
  run,
  columns,
  isChosen,
  onToggle,
}: {
  run: Run;
  columns: readonly Column[];
  isChosen: boolean;
  onToggle: () => void;
}) {
  const { format } = useI18n();
  const { table: texts } = useTexts(experimentTexts);
  const startedAt = run.startedAt ?? run.createdAt;
  return (
    <tr data-chosen={isChosen || undefined}>
      <td className={styles.check}>
        <Checkbox size="xs" aria-label={texts.choose(run.name)} checked={isChosen} onChange={onToggle} />
      </td>
      <th scope="row">
        <Link to="/experiments/runs/$id" params={{ id: run.id }} className={styles.link}>
          {run.name}
        </Link>
      </th>
      <td>
        <RunStatus status={run.status} />
      </td>
      <Cell title={format.dateTime(startedAt)}>{format.ago(startedAt)}</Cell>
      <Cell>
        {run.startedAt && run.finishedAt ? format.duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) : ""}
      </Cell>
      {columns.map((column) => {
        const value = cellOf(run, column);
        return (
          <Cell key={column} title={value === undefined ? undefined : String(value)}>
            {showCell(value)}
          </Cell>
        );
      })}
    </tr>
  );
}

function Cell({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <td title={title}>
      <span className={styles.cell}>{children}</span>
    </td>
  );
}
