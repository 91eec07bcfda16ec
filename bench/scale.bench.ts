import { limitOf, type RequestKind, type Site, simulate } from "./scale/queue.ts";
import { measureServiceTimes } from "./scale/service-times.ts";

/**
 * What do 1, 10, 100 and 1,000 servers on one Postgres take, and what is full first? Times of service are measured here, on one
 * server and a real Postgres; arrivals are simulated. docs/scaling.md has the answer.
 */
const shares: Record<string, number> = { search: 0.45, question: 0.15, "50 spans": 0.3, message: 0.1 };
const coresPerServer = 2;
const databaseCores = 16;
/** Of what would keep every core busy: beyond that answers wait for each other. */
const taken = 0.7;

checkAgainstTheory();
const times = await measureServiceTimes();
if (!times) {
  console.error("skipped: no Postgres here (install `postgresql`, or set LOAM_POSTGRES_BIN)");
  process.exit(0);
}
console.error("One request takes, of a processor's time:");
for (const { name, serverMs, databaseMs } of times.kinds)
  console.error(`  ${name.padEnd(12)} server ${serverMs.toFixed(1)} ms, database ${databaseMs.toFixed(2)} ms`);
console.error(`  connections of one server: ${times.connections}`);
const kinds: RequestKind[] = times.kinds.map((kind) => ({ ...kind, share: shares[kind.name]! }));
console.error(
  `\n${Object.entries(shares)
    .map(([name, share]) => `${share * 100} % ${name}`)
    .join(
      ", ",
    )}; ${coresPerServer} cores a server, ${databaseCores} for the database, at ${taken * 100} % of the limit:`,
);
const sites = [1, 10, 100, 1000].map((servers): Site => ({ servers, coresPerServer, databaseCores }));
const rows = sites.map((site) => {
  const { perSecond, saturates } = limitOf(kinds, site);
  const { p50Ms, p95Ms, serverLoad, databaseLoad } = simulate(kinds, site, { perSecond: taken * perSecond });
  const connections = site.servers * times.connections;
  console.error(
    `  ${String(site.servers).padStart(5)} servers: ${(taken * perSecond).toFixed(0).padStart(6)} requests/s, p50 ${p50Ms.toFixed(0)} ms, p95 ${p95Ms.toFixed(0)} ms; ` +
      `servers ${(100 * serverLoad).toFixed(0)} %, database ${(100 * databaseLoad).toFixed(0)} %: ${saturates} first; ${connections} connections`,
  );
  return { servers: site.servers, perSecond: taken * perSecond, p50Ms, p95Ms, saturates, connections };
});
console.log(JSON.stringify({ bench: "scale", kinds, rows }));

/** One core and exponential times: the mean time in the house is known (M/M/1). */
function checkAgainstTheory(): void {
  const kind = { name: "one", share: 1, serverMs: 10, databaseMs: 1e-6 };
  const load = 0.5;
  const site = { servers: 1, coresPerServer: 1, databaseCores: 1 };
  const { p50Ms, serverLoad } = simulate([kind], site, { perSecond: (1000 * load) / kind.serverMs, requests: 200_000 });
  const expected = (Math.LN2 * kind.serverMs) / (1 - load); // times are exponential, too
  if (Math.abs(p50Ms / expected - 1) > 0.05 || Math.abs(serverLoad - load) > 0.02)
    throw new Error(
      `the simulator is wrong: p50 ${p50Ms} ms, expected ${expected}; load ${serverLoad}, expected ${load}`,
    );
}
