import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as listen } from "@hono/node-server";
import { ArgumentError, UnavailableError } from "@loam/core";
import type { Library } from "@loam/library";
import { mergePrices, type PriceTable } from "@loam/observe";
import type { Platform } from "@loam/platform";
import type { Store } from "@loam/store";
import { createApp } from "./app.ts";
import type { UploadLimits } from "./http/upload.ts";
import { isLoopback } from "./security/same-origin.ts";
import { sealedValues } from "./security/sealed.ts";
import { TokenGate } from "./security/token.ts";
import { CatalogueService } from "./services/catalogue-service.ts";
import { DocumentWatch } from "./services/document-watch.ts";
import type { ModelSettings } from "./services/model-settings.ts";
import { PairScorer } from "./services/pair-scorer.ts";
import { Passwords } from "./services/passwords.ts";
import { RunStore } from "./services/run-store.ts";
import type { Services } from "./services/services.ts";
import { SummaryService } from "./services/summary-service.ts";
import { openTuneServices } from "./services/tune-services.ts";
import { version } from "./services/version.ts";
import { openOllamaSurfaces } from "./surfaces/index.ts";

export interface ServeOptions {
  library: Library;
  store: Store;
  platform: Platform;
  models: ModelSettings;
  /** 4545 when left out; 0 takes a free one. */
  port?: number;
  /** 127.0.0.1 when left out. Any other than a loopback address needs a token. */
  host?: string;
  /** Asked of every request to the API. */
  token?: string;
  /** Names besides localhost under which the server may be reached. */
  allowedHosts?: readonly string[];
  uploads?: UploadLimits;
  /** Folder of the built Studio; without one the server has only its API. */
  studioFolder?: string;
  /** The PDF that `POST /api/sample` adds. */
  samplePath?: string;
  /** Writes spans that wait for the next batch, so that a list of traces has the last one. */
  flushTraces?: () => Promise<void>;
  /** Speaks Ollama's API on this port too; 0 takes a free one. */
  ollamaPort?: number;
  /** Prices over the built-in ones, in USD per million tokens. */
  prices?: PriceTable;
}

export interface RunningServer {
  /** `http://127.0.0.1:4545`. */
  readonly url: string;
  /** Where Ollama's API is, if it is. */
  readonly ollamaUrl?: string;
  /** The address for a browser. With a token, each call makes a link that logs in once. */
  loginUrl(): string;
  /** Takes no more requests, gives the running ones a moment, and then ends them. */
  close(): Promise<void>;
}

const closeGraceMs = 3000;

/**
 * Serves the API and the Studio.
 *
 * @throws {ArgumentError} when the address can be reached from the network and there is no token.
 * @throws {UnavailableError} when the port is taken.
 */
export async function serve({
  library,
  store,
  platform,
  models,
  port = 4545,
  host = "127.0.0.1",
  token,
  allowedHosts,
  uploads = {},
  studioFolder,
  samplePath,
  flushTraces = async () => {},
  ollamaPort,
  prices,
}: ServeOptions): Promise<RunningServer> {
  if (!isLoopback(host) && !token) {
    throw new ArgumentError(
      "host",
      host,
      "a loopback address, because there is no token",
      "set a token (`LOAM_TOKEN`, at least 16 characters) to listen to the network, or leave `host` out",
    );
  }
  const gate = token === undefined ? undefined : new TokenGate(token, store);
  const watch = new DocumentWatch(library);
  const pairs = new PairScorer(models);
  const runs = new RunStore(store);
  const tune = openTuneServices(store);
  const catalogueService = new CatalogueService({ store, models });
  const summaryService = new SummaryService({ store, library, models });
  const services: Services = {
    platform,
    ...{
      library,
      store,
      models,
      watch,
      catalogueService,
      summaryService,
      passwords: new Passwords(sealedValues(store, token)),
    },
    ...{ pairs, runs, tune, uploads, gate, flushTraces, samplePath, version, prices: mergePrices(prices) },
  };
  const origin = { loopbackOnly: isLoopback(host), allowedHosts };
  const app = await createApp(services, { ...origin, studioFolder });
  const ollama =
    ollamaPort === undefined
      ? undefined
      : await createApp(services, { ...origin, surfaces: openOllamaSurfaces(services) });
  const server = await start(app.fetch, host, port);
  const ollamaServer = ollama && (await start(ollama.fetch, host, ollamaPort!));
  const { port: bound } = server.address() as AddressInfo;
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const url = `http://${shown.includes(":") ? `[${shown}]` : shown}:${bound}`;
  let closing: Promise<void> | undefined;
  const ollamaUrl = ollamaServer && url.replace(/:\d+$/, `:${(ollamaServer.address() as AddressInfo).port}`);
  return {
    url,
    ...(ollamaUrl ? { ollamaUrl } : {}),
    loginUrl: () => (gate ? `${url}/?token=${gate.issueLoginCode()}` : url),
    close: () =>
      (closing ??= stop(server, watch, ollamaServer).then(async () => {
        await summaryService.close();
        await pairs.close();
        await tune.close();
      })),
  };
}

function start(fetch: Parameters<typeof listen>[0]["fetch"], hostname: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = listen({ fetch, hostname, port, serverOptions: { requestTimeout: 0 } }, () =>
      resolve(server),
    ) as Server;
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new UnavailableError("server", `cannot listen on ${hostname}:${port} (${cause.message}).`, {
          details: { errno: cause.code },
          hint:
            cause.code === "EADDRINUSE"
              ? "another program uses the port, perhaps another Loam: stop it, or choose another with `--port`"
              : "check the host and the port",
          cause,
        }),
      ),
    );
  });
}

async function stop(server: Server, watch: DocumentWatch, beside?: Server): Promise<void> {
  beside?.close();
  beside?.closeAllConnections();
  watch.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(force);
}
