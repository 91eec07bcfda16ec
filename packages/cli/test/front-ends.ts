import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoamError, Rng } from "@loam/core";
import { addDataset, tuneFolders } from "@loam/finetuning";
import { type DecoderModel, openModel } from "@loam/models";
import { adapterMethod, baseModelOf, writeAdapter } from "@loam/peft";
import { openCatalogues } from "@loam/recommend";
import { type OfferedOperation, offeredOperations, PairScorer } from "@loam/server";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { addTinyBase, colourRows } from "../../finetuning/test/workplace.ts";
import { uploadedFiles } from "../../server/src/services/open-file.ts";
import { startTestServer, type TestServer } from "../../server/test/running.ts";
import { openWorkspace, type Workspace } from "../src/command/workspace.ts";
import { parseCommandLine } from "../src/program.ts";
import { loamEnvironment } from "./run-loam.ts";

const token = "a-token-for-the-suite";

/** What an operation is asked for where something of its kind is: ids of what the server has. */
export interface Found {
  document: string;
  catalogue: string;
  file: string;
  dataset: string;
}

/** One server with a library, a catalogue, a base and an adapter, and each way to ask it for an operation. */
export class FrontEnds {
  readonly folder = mkdtempSync(join(tmpdir(), "loam-operations-"));
  server!: TestServer;
  mcp!: Client;
  found!: Found;
  /** The operations as a program has them. */
  offered!: Map<string, OfferedOperation>;
  #workspace!: Workspace;
  #pairs!: PairScorer;

  static async open(): Promise<FrontEnds> {
    const own = new FrontEnds();
    own.server = await startTestServer({ token });
    const { store, platform, url, library } = own.server;
    own.mcp = new Client({ name: "test", version: "1" });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit });
    await own.mcp.connect(transport);
    // Programs and commands run in this process, where the server's tracing is.
    Object.assign(process.env, loamEnvironment(store.home), { LOAM_TRACING: "false" });
    own.#workspace = await openWorkspace({ home: store.home });
    const models = await own.#workspace.models();
    own.#pairs = new PairScorer({ current: models });
    const operations = offeredOperations({
      library: await own.#workspace.library(),
      catalogues: openCatalogues({ store: own.#workspace.store }),
      models: () => models,
      pairs: own.#pairs,
      store: own.#workspace.store,
      open: uploadedFiles(platform),
    });
    own.offered = new Map(operations.map((offered) => [offered.operation.name, offered]));
    const paper = join(own.folder, "s.pdf");
    writeFileSync(paper, await gardenPdf());
    const { id: document } = await library.add(paper);
    const { id: catalogue } = await (await own.post("/api/catalogues/sample", {})).json();
    const table = Buffer.from("title,authors\nSolaris,Lem\nEden,Lem\nUbik,Dick\n");
    const { id: file } = await platform.files.create("", table, { filename: "shelf.csv", purpose: "user_data" });
    const folders = tuneFolders(store);
    addTinyBase(folders);
    const base = join(folders.models, "tiny");
    const model = baseModelOf((await openModel(base)) as DecoderModel);
    const method = adapterMethod("LORA");
    const config = method.readConfig({ r: 2, target_modules: "all-linear", base_model_name_or_path: base });
    const tensors = await method.init(model, config, new Rng(1));
    await writeAdapter(join(folders.adapters, "small"), method, { config, tensors });
    const { id: dataset } = await addDataset(folders, { name: "colours.jsonl", bytes: Buffer.from(colourRows) });
    own.found = { document, catalogue, file, dataset };
    return own;
  }

  async close(): Promise<void> {
    await this.mcp?.close();
    await this.#pairs?.close();
    await this.#workspace?.[Symbol.asyncDispose]();
    await this.server?.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.server.url + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return this.fetch(path, {
      ...init,
      method: "POST",
      headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
      body: JSON.stringify(body),
    });
  }

  /** As a tool of the MCP server. */
  async tool(name: string, input: Record<string, unknown>): Promise<CallToolResult & { text: string }> {
    const result = (await this.mcp.callTool({ name: name.replaceAll(".", "_"), arguments: input })) as CallToolResult;
    return { ...result, text: (result.content[0] as { text: string }).text };
  }

  /** On the command line of this process: its result, or the error's message. */
  async command(argv: readonly string[]): Promise<{ result?: unknown; refusal?: string }> {
    let said = "";
    const note = (text: string) => (said += text);
    const parsed = parseCommandLine([...argv, "--home", this.server.store.home], { stdout: note, stderr: note });
    if ("exitCode" in parsed) return { refusal: said };
    let result: unknown;
    const { signal } = new AbortController();
    const nothing = () => {};
    const io = { signal, json: true, progress: nothing, write: nothing, note: nothing, problem: nothing };
    try {
      await parsed.invocation.command.run(parsed.invocation.values, {
        ...io,
        setExitCode: nothing,
        confirm: async () => undefined,
        result: (value) => (result = value),
      });
      return { result: JSON.parse(JSON.stringify(result)) };
    } catch (error) {
      if (!(error instanceof LoamError)) throw error;
      return { refusal: error.message };
    }
  }

  /** The work with that id, once it is settled. */
  async settled(id: string): Promise<{ status: string; result: Record<string, unknown>; error: unknown }> {
    for (;;) {
      const work = await (await this.fetch(`/api/work/${id}`)).json();
      if (["finished", "failed", "cancelled"].includes(work.status)) return work;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The events of a stream: the name that each was sent under, and what it says. */
export async function eventsOf(
  response: Response,
): Promise<{ event: string; id?: string; data: Record<string, unknown> }[]> {
  const blocks = (await response.text()).split("\n\n").filter((block) => /^data:/m.test(block));
  return blocks.map((block) => {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
    return { event: field("event") ?? "", id: field("id"), data: JSON.parse(field("data")!) };
  });
}

/** A page about a garden, long enough to be summarised. */
async function gardenPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const page = pdf.addPage([500, 500]);
  const sentences = ["Earthworms were counted in four beds of the garden in spring and again in autumn."];
  for (const [bed, count] of Object.entries({ clover: 187, wheat: 94, barley: 71, bare: 38 }))
    sentences.push(
      `In the bed with ${bed}, ${count} earthworms were counted, and the soil was loose to a depth of a spade.`,
    );
  sentences.push("The bed that was never dug held more of them than the bed that was dug every year.");
  for (const [i, sentence] of sentences.entries()) page.drawText(sentence, { x: 30, y: 440 - i * 40, size: 9, font });
  return await pdf.save();
}
