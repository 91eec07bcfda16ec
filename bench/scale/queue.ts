import { Rng } from "@loam/core";

/** A kind of request: how often it comes, and the processor time it takes at each place, measured. */
export interface RequestKind {
  name: string;
  /** Of all requests; together 1. */
  share: number;
  serverMs: number;
  databaseMs: number;
}

/** Machines that serve. */
export interface Site {
  servers: number;
  coresPerServer: number;
  databaseCores: number;
}

/** What a site does at a rate of arrival. */
export interface Simulated {
  perSecond: number;
  /** Milliseconds from arrival to answer. */
  p50Ms: number;
  p95Ms: number;
  /** Share of its cores' time. */
  serverLoad: number;
  databaseLoad: number;
}

/** Requests a second that would keep every core of the scarcer place busy; a site takes less. */
export function limitOf(kinds: readonly RequestKind[], { servers, coresPerServer, databaseCores }: Site) {
  const mean = (of: (kind: RequestKind) => number) =>
    kinds.reduce((sum, kind) => sum + kind.share * of(kind), 0) / 1000;
  const server = (servers * coresPerServer) / mean(({ serverMs }) => serverMs);
  const database = databaseCores / mean(({ databaseMs }) => databaseMs);
  return { perSecond: Math.min(server, database), saturates: server < database ? "servers" : "database" } as const;
}

/**
 * Replays arrivals (Poisson) through the servers, each with a queue of its own behind a front door that deals out in turn,
 * and then through the database. Times of service vary exponentially about what was measured.
 */
export function simulate(
  kinds: readonly RequestKind[],
  { servers, coresPerServer, databaseCores }: Site,
  {
    perSecond,
    requests = Math.max(60_000, 500 * servers),
    seed = 1,
  }: { perSecond: number; requests?: number; seed?: number },
): Simulated {
  const rng = new Rng(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - rng.uniform());
  const queues = Array.from({ length: servers }, () => new Queue(coresPerServer));
  let now = 0;
  let busy = 0;
  const passed: { arrived: number; left: number; databaseMs: number }[] = [];
  for (let i = 0; i < requests; i++) {
    now += exponential(1000 / perSecond);
    const kind = pick(kinds, rng.uniform());
    const service = exponential(kind.serverMs);
    busy += service;
    passed.push({ arrived: now, left: queues[i % servers]!.serve(now, service), databaseMs: kind.databaseMs });
  }
  const database = new Queue(databaseCores);
  let databaseBusy = 0;
  const times = passed
    .sort((a, b) => a.left - b.left)
    .map(({ arrived, left, databaseMs }) => {
      const service = exponential(databaseMs);
      databaseBusy += service;
      return database.serve(left, service) - arrived;
    })
    .sort((a, b) => a - b);
  return {
    perSecond,
    p50Ms: times[Math.floor(requests * 0.5)]!,
    p95Ms: times[Math.floor(requests * 0.95)]!,
    serverLoad: busy / (now * servers * coresPerServer),
    databaseLoad: databaseBusy / (now * databaseCores),
  };
}

function pick(kinds: readonly RequestKind[], at: number): RequestKind {
  let sum = 0;
  return kinds.find(({ share }) => (sum += share) > at) ?? kinds.at(-1)!;
}

/** First come, first served, by so many cores. */
class Queue {
  /** When each core is free again. */
  readonly #free: number[];

  constructor(cores: number) {
    this.#free = new Array<number>(cores).fill(0);
  }

  /** When what arrives now and takes `service` is done. Arrivals come in their order. */
  serve(now: number, service: number): number {
    let core = 0;
    for (let i = 1; i < this.#free.length; i++) if (this.#free[i]! < this.#free[core]!) core = i;
    const done = Math.max(now, this.#free[core]!) + service;
    this.#free[core] = done;
    return done;
  }
}
