import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { functionSystem, makeDataset, runEvaluation } from "@loam/evaluation";
import { tuneFolders } from "@loam/finetuning";
import { type Postgres, postgresBinaries, startPostgres } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { addTinyBase, colourRows } from "../../finetuning/test/workplace.ts";
import { ACCESS_KEY, SECRET_KEY, startS3Server } from "../../store/test/s3-server.ts";
import { sealedValues } from "../src/security/sealed.ts";
import { Passwords } from "../src/services/passwords.ts";
import { type RunningLoam, startLoam } from "../src/start-loam.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe.skipIf(!postgresBinaries())(
  "machines of their own on one Postgres and one S3 (skipped without Postgres)",
  () => {
    let folder: string;
    let postgres: Postgres;
    let s3: Awaited<ReturnType<typeof startS3Server>>;
    let env: Record<string, string | undefined>;
    const running: RunningLoam[] = [];
    const before = { ...process.env };
    const token = "one-token-for-all-of-them";
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

    /** A server with a home of its own; of what it has on its disk the others see nothing. */
    async function machine(name: string, { worker = "none", models = [] as string[] } = {}): Promise<RunningLoam> {
      const userFile = join(folder, name, "config.json");
      const own = { ...env, LOAM_HOME: join(folder, name, "home"), LOAM_TRACING: "off" };
      const load = () => loadConfig({ cwd: folder, env: own, userFile, flags: { server: { models } } });
      const started = await startLoam({ load, userFile, port: 0, worker: worker as "here" | "none" });
      running.push(started);
      return started;
    }
    // biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
    async function call(at: RunningLoam, method: string, path: string, body?: unknown): Promise<any> {
      const response = await fetch(`${at.url}/api${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return await response.json();
    }
    const openai = ({ url }: RunningLoam) => new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });

    let a: RunningLoam;
    let b: RunningLoam;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "loam-machines-"));
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
      [postgres, s3] = await Promise.all([startPostgres(), startS3Server("state")]);
      const blobUrl = `s3://state/loam?endpoint=${encodeURIComponent(s3.endpoint)}`;
      env = {
        DATABASE_URL: await postgres.createDatabase(),
        BLOB_URL: blobUrl,
        LOAM_TOKEN: token,
        PATH: process.env.PATH,
      };
      a = await machine("a", { models: [`local:${join(folder, "a/home/models/tiny")}`] });
      b = await machine("b");
      addTinyBase(tuneFolders(a.store)); // on the disk of A alone, as from before there were others
    });
    afterAll(async () => {
      for (const one of running) await one.close();
      await Promise.all([postgres?.stop(), s3?.stop()]);
      await rm(folder, { recursive: true, force: true });
      process.env = before;
    });

    test("a run is started at one, trained, cancelled and resumed by others, and its adapter is used at a fourth", async () => {
      expect((await call(a, "GET", "/tune/bases")).map(({ id }: { id: string }) => id)).toContain("home/tiny");
      const form = new FormData();
      form.append("file", new Blob([colourRows]), "colours.jsonl");
      const sent = await fetch(`${a.url}/api/tune/datasets`, {
        method: "POST",
        headers: { authorization: headers.authorization },
        body: form,
      });
      const data = (await sent.json()).results[0].dataset;
      expect((await call(b, "GET", "/tune/datasets")).map(({ id }: { id: string }) => id)).toEqual([data.id]);

      const draft = {
        model: "home/tiny",
        method: { peft_type: "LORA", r: 4, target_modules: "all-linear" },
        data: { path: data.id, template: "plain", max_tokens: 64 },
        ...{ batch_size: 2, max_steps: 300, checkpoint_every_steps: 5, threads: 1, output: "colours" },
      };
      const { id } = await call(a, "POST", "/tune/runs", draft);
      const c = await machine("c", { worker: "here" });
      const look = async (at: RunningLoam) => await call(at, "GET", `/tune/runs/${id}`);
      const steps = async () => (await call(b, "GET", `/tune/runs/${id}/metrics`))["train/loss"]?.length ?? 0;
      await expect.poll(steps, { timeout: 120_000 }).toBeGreaterThan(5);
      expect((await call(b, "POST", "/tune/runs", draft)).error.code).toBe("name_taken");
      expect((await call(b, "POST", `/tune/runs/${id}/cancel`)).status).toBe("cancelled");
      expect((await look(a)).status).toBe("cancelled");
      await c.close(); // with its disk: whoever goes on finds the checkpoint elsewhere
      await rm(join(folder, "c"), { recursive: true });
      expect((await call(b, "POST", "/tune/runs", draft)).error.code).toBe("name_taken");

      await call(b, "POST", `/tune/runs/${id}/resume`);
      const follow = fetch(`${a.url}/api/tune/runs/${id}/events`, { headers }).then((response) => response.text());
      const e = await machine("e", { worker: "here" });
      expect(await follow).toContain("event: end");
      const done = await look(b);
      expect(done).toMatchObject({ status: "finished", adapter: "colours", base: "home/tiny", dataset: data.id });
      expect((await b.store.db.query.runs.findFirst())?.summary).toMatchObject({ resumedFrom: expect.any(Number) });
      expect(await steps()).toBe(300); // none twice, none missing
      expect(JSON.stringify(done)).not.toContain(folder);

      const d = await machine("d");
      expect(await call(d, "GET", "/tune/adapters")).toMatchObject([{ id: "colours", base: "home/tiny", run: id }]);
      const asked = await fetch(`${d.url}/api/tune/side-by-side`, {
        method: "POST",
        headers,
        body: JSON.stringify({
          ...{ base: "home/tiny", columns: ["colours"] },
          question: "Say colour 3.",
          template: "plain",
        }),
      });
      expect(await asked.text()).toMatch(/"type":"done"/);
      const archive = await fetch(`${d.url}/api/tune/adapters/colours/download`, { headers });
      expect((await archive.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
      expect((await call(a, "DELETE", "/tune/adapters/colours")).id).toBe("colours");
      expect(await call(d, "GET", "/tune/adapters")).toEqual([]);
      expect(await call(d, "GET", "/tune/adapters/colours")).toMatchObject({ error: { code: "not_found" } });
      await e.close();
    });

    test("evaluations, models of roles, passwords and login links of one hold at the others", async () => {
      const dataset = makeDataset([{ id: "1", source: "a boat", references: ["a boat"] }], { name: "boats" });
      const evaluation = { folder: join(a.store.home, "evaluations/boats-1"), name: "boats", dataset };
      const copy = functionSystem("copy", ({ source }) => source!);
      await runEvaluation({ ...evaluation, systems: [copy], metrics: ["rouge1"] });
      expect(await call(a, "GET", "/evaluations")).toMatchObject([{ id: "boats-1", state: "finished" }]);
      expect(await call(b, "GET", "/evaluations/boats-1")).toMatchObject({ id: "boats-1", state: "finished" });

      const roleAt = async (at: RunningLoam) =>
        (await call(at, "GET", "/settings")).roles.find((one: { role: string }) => one.role === "chat");
      await call(a, "PUT", "/settings/roles/chat", { model: "ollama:shared-model" });
      await call(a, "PUT", "/settings/keys/openai", { key: "sk-shared-0123456789abcdef" });
      expect(await roleAt(a)).toMatchObject({ configured: "ollama:shared-model", fixedBy: null });
      await expect
        .poll(() => roleAt(b), { timeout: 30_000 })
        .toMatchObject({ model: "ollama:shared-model", configured: "ollama:shared-model" });
      const { rows } = await a.store.db.execute<{ text: string }>(
        sql`select encode(sealed, 'escape') as text from sealed_values`,
      );
      expect(rows.map(({ text }) => text).join()).not.toMatch(/shared-model|sk-shared/);
      await call(b, "PUT", "/settings/roles/chat", { model: null });
      await expect.poll(() => roleAt(a), { timeout: 30_000 }).toMatchObject({ configured: null });

      const passwords = [a, b].map(({ store }) => new Passwords(sealedValues(store, token)));
      await passwords[0]!.set("doc_1", "open sesame");
      expect(await passwords[1]!.get("doc_1")).toBe("open sesame");
      expect(await new Passwords(sealedValues(b.store, "another-token-of-16")).get("doc_1")).toBeUndefined();
      await passwords[0]!.delete("doc_1");
      expect(await passwords[1]!.get("doc_1")).toBeUndefined();

      const link = a.loginUrl().replace(a.url, b.url);
      const cookies = await Promise.all(
        [link, link, a.loginUrl().replace(/token=(.)/, (_, first) => `token=${first === "A" ? "B" : "A"}`)].map(
          async (url) => (await fetch(url, { redirect: "manual" })).headers.get("set-cookie"),
        ),
      );
      expect(cookies.map((cookie) => cookie !== null).sort()).toEqual([false, false, true]);
    });

    test("a fine-tuning job of a model that only its server has is trained elsewhere, and its model answers anywhere", async () => {
      const rows = [...colourRows.matchAll(/"output":"(\w+)"/g)].map(([, colour], i) => ({
        messages: [
          { role: "user", content: `Say colour ${i}.` },
          { role: "assistant", content: colour },
        ],
      }));
      const text = [...rows, ...rows].map((row) => JSON.stringify(row)).join("\n");
      const file = await openai(a).files.create({
        file: await toFile(Buffer.from(text), "t.jsonl"),
        purpose: "fine-tune",
      });
      const [model] = (await openai(a).models.list()).data;
      const hyperparameters = { n_epochs: 1, batch_size: 4 };
      const job = await openai(a).fineTuning.jobs.create({
        ...{ model: model!.id, training_file: file.id },
        method: { type: "supervised", supervised: { hyperparameters } },
      });
      const f = await machine("f", { worker: "here" });
      const status = async () => (await openai(b).fineTuning.jobs.retrieve(job.id)).status;
      await expect.poll(status, { timeout: 120_000 }).toBe("succeeded");
      const { fine_tuned_model } = await openai(b).fineTuning.jobs.retrieve(job.id);
      for (const at of [b, a]) {
        const request = {
          model: fine_tuned_model!,
          max_tokens: 3,
          messages: [{ role: "user" as const, content: "Say colour 1." }],
        };
        const answer = await openai(at).chat.completions.create(request);
        expect(answer.usage!.completion_tokens).toBeGreaterThan(0);
      }
      // What was made goes on being trained where neither base nor adapter lie.
      const next = await openai(b).fineTuning.jobs.create({
        ...{ model: fine_tuned_model!, training_file: file.id },
        method: { type: "supervised", supervised: { hyperparameters } },
      });
      const nextStatus = async () => (await openai(a).fineTuning.jobs.retrieve(next.id)).status;
      await expect.poll(nextStatus, { timeout: 120_000 }).toBe("succeeded");
      await f.close();
    });
  },
);
