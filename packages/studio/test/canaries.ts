import { PDFDocument, StandardFonts } from "pdf-lib";

/** What a page would run if it took a text for its own: each sets `canary`. */
const canary =
  `"'><img src=x onerror="globalThis.canary=1"><svg onload="globalThis.canary=2"></svg>` +
  `<script>globalThis.canary=3</script>[link](javascript:globalThis.canary=4)\${globalThis.canary=5}{{constructor.constructor("canary=6")()}}`;

const json = { "content-type": "application/json" };

/** Puts the canary into everything that a page shows. @returns the addresses of what was made. */
export async function plantCanaries(url: string): Promise<{ pages: string[]; exports: string[] }> {
  const made = { pages: [] as string[], exports: [] as string[] };
  const post = async (path: string, body: unknown): Promise<any> => {
    const isForm = body instanceof FormData;
    const sent = { method: "POST", ...(isForm ? {} : { headers: json }), body: isForm ? body : JSON.stringify(body) };
    const response = await fetch(url + path, sent);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const upload = (name: string, bytes: Uint8Array | string, fields: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    form.append("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    return form;
  };

  const traceId = "0af7651916cd43dd8448eb211c80c0de";
  const text = (key: string) => ({ key, value: { stringValue: canary } });
  const span = {
    ...{ traceId, spanId: "b7ad6b716920c0de", name: canary, status: { code: 2, message: canary } },
    ...{ startTimeUnixNano: "1760000000000000000", endTimeUnixNano: "1760000001000000000" },
    attributes: ["input.value", "output.value", "llm.model_name", "user.id", "session.id", "note"].map(text),
    events: [{ name: canary, timeUnixNano: "1760000000000000000", attributes: [text("exception.message")] }],
  };
  await post("/v1/traces", {
    resourceSpans: [{ resource: { attributes: [text("service.name")] }, scopeSpans: [{ spans: [span] }] }],
  });
  made.pages.push("/traces", `/traces/${traceId}`);
  const queue = await post("/annotation-queues", { id: crypto.randomUUID(), name: canary, description: canary });
  made.pages.push("/traces/queues", `/traces/queues/${queue.id}`);

  const mlflow = (path: string, body: unknown) => post(`/api/2.0/mlflow/${path}`, body);
  const { experiment_id } = await mlflow("experiments/create", {
    name: `e ${canary}`,
    tags: [{ key: "mlflow.note.content", value: canary }],
  });
  const tags = [{ key: "note", value: canary }];
  const run = (await mlflow("runs/create", { experiment_id, run_name: canary, tags })).run.info.run_id;
  const metrics = [{ key: `loss ${canary}`, value: 1, timestamp: 1, step: 0 }];
  await mlflow("runs/log-batch", {
    run_id: run,
    metrics,
    params: [{ key: canary.slice(0, 200), value: canary }],
    tags: [],
  });
  await mlflow("registered-models/create", { name: `m ${canary}`, description: canary, tags });
  made.pages.push("/experiments", `/experiments/runs/${run}`, `/experiments/compare?runs=${run}`);
  made.pages.push("/experiments/registry", `/experiments/registry/${encodeURIComponent(`m ${canary}`)}`);
  const sweep = await post("/api/sweeps", {
    project: canary,
    config: { method: "random", name: canary, parameters: { note: { values: [canary] } } },
  });
  made.pages.push("/experiments/sweeps", `/experiments/sweeps/${sweep.id}`);
  const report = await post("/api/reports", {
    title: canary,
    markdown: `# ${canary}\n\n${canary}\n\n| a |\n|---|\n| ${canary} |\n`,
  });
  made.pages.push("/experiments/reports", `/experiments/reports/${report.id}`);
  made.exports.push(`/api/reports/${report.id}/export`);

  const quoted = `"${canary.replaceAll('"', '""')}"`;
  await post(
    "/api/catalogues",
    upload(
      `${canary.replaceAll("/", "")}.csv`,
      `title,author,description\n${quoted},${quoted},${quoted}\nOther,One,More\n`,
    ),
  );
  made.pages.push("/recommend", "/summaries", "/extractions", "/search?q=canary");
  const pdf = await PDFDocument.create();
  pdf.setTitle(canary);
  pdf.setAuthor(canary);
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  pdf.addPage([900, 200]).drawText(canary.slice(0, 90), { x: 20, y: 120, size: 10, font });
  const { results } = await post("/api/documents", upload(`${canary.replaceAll("/", "")}.pdf`, await pdf.save()));
  made.pages.push("/library", `/documents/${results[0].document.id}`);

  await post("/v1/files", upload(`${canary.replaceAll("/", "")}.txt`, canary, { purpose: "assistants" }));
  await post("/v1/vector_stores", { name: canary });
  await post("/v1/threads", { messages: [{ role: "user", content: canary }] });
  made.pages.push(
    "/functions",
    "/functions/files",
    "/functions/jobs",
    "/chat",
    "/chat/models",
    "/tune",
    "/evaluations",
  );
  made.pages.push("/settings", "/video", "/tune/adapters");
  return made;
}
