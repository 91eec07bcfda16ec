import { openStore, type Store } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSpans } from "../ingest/span-writer.ts";
import { recordOfPlain } from "../record/span-record.ts";
import { createRun, logToRun } from "../runs/write-runs.ts";
import { resultToCsv, resultToParquet } from "./result-files.ts";
import { runSql } from "./run-sql.ts";
import { checkSql } from "./sql.tasks.ts";

/** Each must be refused before it reaches the database: they read what is nobody's business, write, or wait. */
const hostile = [
  "",
  "  -- nothing",
  "select 1; select 2",
  "select 1) q; drop table runs; select * from (select 1",
  "drop table runs",
  "insert into runs select * from runs",
  "update spans set name = 'x'",
  "delete from traces",
  "with gone as (delete from spans returning *) select * from gone",
  "select * into copied from runs",
  "create table x as select 1",
  "copy runs to '/tmp/x'",
  "copy runs to program 'touch /tmp/x'",
  "set statement_timeout = 0",
  "begin",
  "explain analyze select 1",
  "do $$ begin perform pg_sleep(1); end $$",
  "prepare x as select 1",
  "table pg_authid",
  "select * from api_keys",
  "select * from public.runs",
  "select * from loam_migrations",
  "select * from pg_catalog.pg_tables",
  "select * from information_schema.tables",
  "select * from pg_stat_activity",
  "select * from run_points",
  "select (select string_agg(passwd, ',') from pg_shadow)",
  "select * from runs where exists (select 1 from work)",
  "with runs2 as (select * from documents) select * from runs2",
  "select pg_read_file('/etc/passwd')",
  "select pg_catalog.pg_read_file('/etc/passwd')",
  "select lo_import('/etc/passwd')",
  "select pg_ls_dir('.')",
  "select pg_sleep(100)",
  "select set_config('role', 'postgres', false)",
  "select current_setting('data_directory')",
  "select query_to_xml('select * from api_keys', true, true, '')",
  "select table_to_xml('api_keys', true, true, '')",
  "select database_to_xml(true, true, '')",
  "select dblink('host=x', 'select 1')",
  "select pg_terminate_backend(1)",
  "select pg_notify('x', 'y')",
  "select nextval('projects_id_seq')",
  "select currval('projects_id_seq')",
  "select txid_current()",
  "select inet_server_addr()",
  "select version()",
  "select current_user",
  "select session_user",
  "select current_database()",
  "select current_schema",
  "select 'api_keys'::regclass",
  "select 'pg_sleep'::regproc(1)",
  "select cast('x' as public.secret)",
  "select 1 operator(public.+) 2",
  "select * from runs for update",
  "select * from pg_read_file('/etc/passwd') f",
  "select * from rows from (pg_ls_dir('.')) f",
  "select xmlparse(document '<a/>')",
  "select $1",
  "select count(*) filter (where pg_sleep(1) is null) from runs",
  "select sum(1) over (order by pg_sleep(1)) from runs",
  "select 1 order by pg_sleep(1)",
  "select 1 limit (select length(pg_read_file('/etc/passwd')))",
  "values (pg_read_file('/etc/passwd'))",
  "select case when true then pg_sleep(1) end",
  "select array[pg_read_file('x')]",
  "select (row(pg_read_file('x'))).*",
  "select * from runs tablesample system (1)",
  "select repeat('x', 1000000000)",
];

test.each(hostile)("refused: %s", async (sql) => {
  await expect(checkSql(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(sql_refused|sql_syntax)$/) });
});

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let store: Store;
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
      const span = (id: string, parent: string | null, model?: string) =>
        recordOfPlain(
          {
            ...{ traceId: "1".repeat(32), spanId: id, parentSpanId: parent, name: `step ${id}`, status: "ok" },
            ...{ startUs: 1_700_000_000_000_000, endUs: 1_700_000_000_250_000, statusMessage: null, events: [] },
            attributes: model
              ? { "gen_ai.operation.name": "chat", "gen_ai.request.model": model, "gen_ai.usage.input_tokens": 7 }
              : {},
            resource: {},
          },
          { project: "sql", prices: {} },
        );
      await writeSpans(store, [span("a".repeat(16), null), span("b".repeat(16), "a".repeat(16), "gpt-x")]);
      await createRun(store, { id: "r1", kind: "mlflow", experiment: "sql", name: "=first", params: { lr: 0.5 } });
      const points = [1, Number.NaN, 3].map((value, step) => ({ key: "loss", step, timeMs: 1000, value }));
      await logToRun(store, "r1", { points });
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    test("the views are read with everything that a select can do", async () => {
      const spans = await runSql(
        store,
        "with m as (select model, sum(input_tokens) n, count(*) filter (where status = 'ok') ok from spans group by 1)\n" +
          "select * from m where model like 'gpt%' order by n desc; -- the largest",
      );
      expect(spans).toMatchObject({
        columns: [{ name: "model" }, { name: "n" }, { name: "ok" }],
        rows: [["gpt-x", 7, 1]],
      });
      const traces = await runSql(store, "select name, duration_ms, span_count, input_tokens, started_at from traces");
      expect(traces.rows).toEqual([["step aaaaaaaaaaaaaaaa", 250, 2, 7, "2023-11-14T22:13:20.000Z"]]);
      const joined = await runSql(
        store,
        "select r.params ->> 'lr' as lr, m.step, m.value from runs r join metrics m on m.run_id = r.id order by m.step",
      );
      expect(joined.rows).toEqual([
        ["0.5", 0, 1],
        ["0.5", 1, "NaN"],
        ["0.5", 2, 3],
      ]);
      const same = await runSql(store, "select id, id from runs union all select 'x', 'y' order by 1");
      expect(same.rows).toEqual([
        ["r1", "r1"],
        ["x", "y"],
      ]);
    });

    test("what is written shows in the next query", async () => {
      await createRun(store, { id: "r2", kind: "mlflow", experiment: "later", name: "second" });
      expect((await runSql(store, "select count(*) from runs where experiment = 'later'")).rows).toEqual([[1]]);
    });

    test("what takes too long is ended, and nobody else waits", async () => {
      const slow = runSql(store, "select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000) b", {
        timeoutMs: 800,
      }).then(
        () => "answered",
        (error) => error.code,
      );
      let longestMs = 0;
      let last = performance.now();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - last);
        last = performance.now();
      }, 5);
      expect(await slow).toBe("query_timeout");
      clearInterval(watch);
      expect(longestMs).toBeLessThan(400);
      expect((await runSql(store, "select 1")).rows).toEqual([[1]]);
    }, 30_000);

    test("rows, sizes and mistakes have an end that says what it is", async () => {
      const many = await runSql(store, "select g from generate_series(1, 100) g", { maxRows: 10 });
      expect([many.rows.length, many.truncated]).toEqual([10, true]);
      const large = "select string_agg(g::text, ',') from generate_series(1, 400000) g";
      await expect(runSql(store, large)).rejects.toMatchObject({ code: "row_too_large" });
      await expect(runSql(store, "select nothing from runs")).rejects.toThrow(/column "nothing" does not exist/);
      await expect(runSql(store, "drop table runs")).rejects.toMatchObject({ code: "sql_refused" });
      await expect(runSql(store, "select 1 / 0")).rejects.toMatchObject({ code: "sql_failed" });
      await expect(runSql(store, "select from where")).rejects.toMatchObject({ code: "sql_syntax" });
    });

    test("results go out as CSV, safe for a spreadsheet, and as Parquet", async () => {
      const result = await runSql(store, "select name, 1.5 as n, true as yes, params from runs where id = 'r1'");
      expect(resultToCsv(result)).toBe(`name,n,yes,params\n'=first,1.5,true,"{""lr"":0.5}"\n`);
      const bytes = resultToParquet(result);
      expect(await parquetReadObjects({ file: bytes.buffer as ArrayBuffer })).toEqual([
        { name: "=first", n: 1.5, yes: true, params: '{"lr":0.5}' },
      ]);
    });
  });
}
