import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, projects, type Store, traces } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEvaluator, listEvaluators, runEvaluators } from "../evaluators/evaluators.ts";
import { listFeedback, putFeedback } from "../feedback/feedback.ts";
import { writeSpans } from "../ingest/span-writer.ts";
import { ensureProject, updateProject } from "../projects/projects.ts";
import { recordOfPlain } from "../record/span-record.ts";
import { applyRetention } from "../retention/apply-retention.ts";
import { createRun, logToRun } from "../runs/write-runs.ts";
import { binTraces, holdTraces } from "../spans/trace-bin.ts";
import { listAlerts } from "./alerts.ts";
import { checkAlertRules, nextState } from "./check-rules.ts";
import { deliverNotices, signWebhook } from "./deliver.ts";
import { createAlertRule, deleteAlertRule } from "./rules.ts";

test("a number that trembles around its threshold is told once", () => {
  const condition = { above: 0.5, clearAt: 0.3 };
  const seen = [0.4, 0.51, 0.49, 0.31, null, 0.6, 0.29, 0.4].reduce<("ok" | "firing")[]>(
    (before, value) => [...before, nextState(condition, before.at(-1) ?? null, value)],
    [],
  );
  expect(seen).toEqual(["ok", "firing", "firing", "firing", "firing", "firing", "ok", "ok"]);
  expect(nextState({ below: 3 }, null, 2)).toBe("firing");
});

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let store: Store;
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    const put = async (project: string, id: string, at: Date, more: { failed?: boolean; output?: string } = {}) => {
      const span = recordOfPlain(
        {
          ...{ traceId: id.padEnd(32, "0"), spanId: id.padEnd(16, "0"), parentSpanId: null, name: "step" },
          ...{ startUs: at.getTime() * 1000, endUs: at.getTime() * 1000 + 5000, events: [], statusMessage: null },
          status: more.failed ? "error" : "ok",
          attributes: { "output.value": more.output ?? "x" },
          resource: {},
        },
        { project, prices: {} },
      );
      await writeSpans(store, [span]);
      return span.traceId;
    };

    test("a rule fires, is signed and delivered once though the address was away, and ends", async () => {
      const got: { headers: IncomingHttpHeaders; text: string }[] = [];
      let isAway = true;
      const server = createServer((request, response) => {
        let text = "";
        request.on("data", (part) => (text += part));
        request.on("end", () => {
          if (!isAway) got.push({ headers: request.headers, text });
          response.writeHead(isAway ? 503 : 204).end();
        });
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      const file = join(mkdtempSync(join(tmpdir(), "loam-alert-")), "notice.json");
      const rule = await createAlertRule(store, {
        name: "many errors",
        project: "watched",
        condition: { metric: "error_rate", windowMinutes: 10, above: 0.4 },
        channels: [
          { type: "webhook", url, secret: "a secret" },
          { type: "command", name: "keep" },
          { type: "command", name: "unknown" },
        ],
        level: "error",
      });
      const now = new Date();
      await put("watched", "a1", now, { failed: true });
      await put("watched", "a2", now);
      expect(await checkAlertRules(store, now)).toMatchObject([{ state: "firing", value: 0.5 }]);
      expect(await checkAlertRules(store, now)).toEqual([]);
      const commands = {
        keep: [process.execPath, "-e", `process.stdin.pipe(require("fs").createWriteStream(${JSON.stringify(file)}))`],
      };
      expect(await deliverNotices(store, { commands, now })).toBe(1);
      isAway = false;
      expect(await deliverNotices(store, { commands, now: new Date(now.getTime() + 60_000) })).toBe(1);
      expect(await deliverNotices(store, { commands, now: new Date(now.getTime() + 120_000) })).toBe(0);
      server.close();
      const [{ headers, text }] = got as [(typeof got)[0]];
      expect(headers["webhook-signature"]).toBe(
        signWebhook("a secret", String(headers["webhook-id"]), String(headers["webhook-timestamp"]), text),
      );
      expect(JSON.parse(text)).toMatchObject({ type: "alert.firing", data: { rule: { id: rule.id }, value: 0.5 } });
      expect(JSON.parse(readFileSync(file, "utf8")).data.title).toBe("many errors");
      const later = new Date(now.getTime() + 20 * 60_000);
      await put("watched", "a3", later);
      expect(await checkAlertRules(store, later)).toMatchObject([{ state: "ok", value: 0 }]);
      expect(
        (await listAlerts(store, { project: "watched" })).map(({ title, level }) => [title, level]).sort(),
      ).toEqual([
        ["many errors is over", "info"],
        ["many errors", "error"],
      ]);
      await deleteAlertRule(store, rule.id);
    });

    test("a run that has become NaN and one that is silent are told", async () => {
      await createRun(store, { id: "nan", kind: "mlflow", experiment: "e", name: "n" });
      await logToRun(store, "nan", { points: [{ key: "loss", step: 1, timeMs: Date.now(), value: Number.NaN }] });
      for (const metric of ["run_nan", "run_silent"] as const)
        await createAlertRule(store, {
          name: metric,
          project: "e",
          condition: { metric, windowMinutes: 60, above: 0 },
        });
      expect((await checkAlertRules(store)).map(({ name }) => name)).toEqual(["run_nan"]);
      expect(
        (await checkAlertRules(store, new Date(Date.now() + 2 * 3_600_000)))
          .map(({ name, state }) => [name, state])
          .sort(),
      ).toEqual([
        ["run_nan", "ok"],
        ["run_silent", "firing"],
      ]);
    });

    test("old traces go to the bin and then for good; judged and held ones stay", async () => {
      const day = 86_400_000;
      const old = new Date(Date.now() - 40 * day);
      await ensureProject(store, "tidy");
      const [plain, judged, held] = [
        await put("tidy", "c1", old),
        await put("tidy", "c2", old),
        await put("tidy", "c3", old),
      ];
      await put("tidy", "c4", new Date());
      const kept = await put("other", "c5", old);
      await binTraces(store, [kept]);
      await putFeedback(store, [{ key: "good", traceId: judged, spanId: "c2".padEnd(16, "0"), score: 1 }]);
      await holdTraces(store, [held], true);
      await updateProject(store, { name: "tidy" }, { retention: { days: 30, binDays: 7 } });
      expect(await applyRetention(store)).toMatchObject({ binned: 1, purged: 0 });
      expect(await applyRetention(store, new Date(Date.now() + 6 * day))).toMatchObject({ purged: 0 });
      expect(await applyRetention(store, new Date(Date.now() + 8 * day))).toMatchObject({ purged: 1 });
      const left = await store.db.select({ id: traces.id }).from(traces).where(eq(traces.project, "tidy"));
      expect(left.map(({ id }) => id.slice(0, 2)).sort()).toEqual(["c2", "c3", "c4"]);
      expect(left).not.toContainEqual({ id: plain });
      await store.db.update(projects).set({ legalHold: true }).where(eq(projects.name, "tidy"));
      await updateProject(store, { name: "tidy" }, { retention: { maxBytes: 1, keepFeedback: false } });
      expect(await applyRetention(store)).toMatchObject({ binned: 0 });
      await store.db.update(projects).set({ legalHold: false }).where(eq(projects.name, "tidy"));
      expect(await applyRetention(store)).toMatchObject({ binned: 2 }); // the one that is held stays
    });

    test("new spans are judged once each, and what breaks stops its own evaluator", async () => {
      const past = new Date(Date.now() - 60_000);
      for (const id of ["d1", "d2", "d3"]) await put("judged", id, past, { output: `answer ${id}` });
      const { id } = await createEvaluator(store, {
        ...{ name: "length", project: "judged", fromStart: true },
        config: { metric: "length", key: "len", maxCostUsd: 1 },
      });
      const judge = async (_: unknown, span: { output: unknown }) => ({
        score: String(span.output).length,
        costUsd: 0.1,
      });
      expect(await runEvaluators(store, judge)).toBe(3);
      expect(await runEvaluators(store, judge)).toBe(0);
      await put("judged", "d4", new Date(past.getTime() + 1000));
      expect(await runEvaluators(store, judge)).toBe(1);
      const found = await listFeedback(store, { keys: ["len"] });
      expect(found.map(({ spanId, score }) => [spanId!.slice(0, 2), score]).sort()).toEqual([
        ["d1", 9],
        ["d2", 9],
        ["d3", 9],
        ["d4", 1],
      ]);
      expect(await listEvaluators(store)).toMatchObject([{ id, spentUsd: expect.closeTo(0.4) }]);
      await put("judged", "d5", new Date(past.getTime() + 2000));
      await runEvaluators(store, () => Promise.reject(new Error("no judge")));
      expect(await listEvaluators(store)).toMatchObject([{ enabled: false, error: "no judge" }]);
    });
  });
}
