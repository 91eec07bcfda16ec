import { BlockList, isIP } from "node:net";
import { ArgumentError, type Config } from "@loam/core";

/**
 * How far webhooks may go: to public addresses, to this machine too, or to private networks too. Whoever may make an
 * endpoint can make the server send requests, so what only the server can reach has to be opened by its operator.
 */
export const webhookReaches = ["public", "loopback", "private"] as const;
export type WebhookReach = (typeof webhookReaches)[number];

/**
 * What the configuration allows. A server that only this machine reaches may call this machine: whoever uses it could do
 * that without it.
 */
export function webhookReachOf({ server: { webhooks, host } }: Pick<Config, "server">): WebhookReach {
  return webhooks ?? (host === "localhost" || (isIP(host) && kindOf(host) === "loopback") ? "loopback" : "public");
}

type AddressKind = WebhookReach | "never";

const listOf = (...ranges: [address: string, prefix: number][]): BlockList => {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, isIP(address) === 6 ? "ipv6" : "ipv4");
  return list;
};

const loopback = listOf(["127.0.0.0", 8], ["::1", 128]);

/** Private networks (RFC 1918), carriers' (RFC 6598), benchmarks', and IPv6's unique local addresses (RFC 4193). */
const private_ = listOf(["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["100.64.0.0", 10], ["fc00::", 7]);

/** Addresses that no receiver has: unspecified, link-local (clouds keep credentials there), multicast, reserved, test. */
const never = listOf(
  ...([
    ["0.0.0.0", 8],
    ["169.254.0.0", 16],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 3],
    ["::", 128],
    ["fe80::", 10],
    ["ff00::", 8],
    ["2001:db8::", 32],
    ["fd00:ec2::", 32],
  ] as [string, number][]),
);

/** IPv4 addresses within IPv6: mapped, translated (NAT64) and tunnelled (6to4) ones reach what they hold. */
function embeddedIpv4(address: string): string | undefined {
  const groups = expand(address);
  const last = `${groups[6]! >> 8}.${groups[6]! & 255}.${groups[7]! >> 8}.${groups[7]! & 255}`;
  const isZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  if (isZero(0, 5) && (groups[5] === 0xffff || groups[5] === 0)) return groups[6] === 0 ? undefined : last;
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return last;
  if (groups[0] === 0x2002) return `${groups[1]! >> 8}.${groups[1]! & 255}.${groups[2]! >> 8}.${groups[2]! & 255}`;
  return undefined;
}

function expand(address: string): number[] {
  const text = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head, tail] = text.split("::");
  const read = (part: string | undefined) => (part ? part.split(":").map((group) => Number.parseInt(group, 16)) : []);
  const [front, back] = [read(head), read(tail)];
  return [...front, ...new Array(8 - front.length - back.length).fill(0), ...back];
}

function kindOf(address: string): AddressKind {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (family === "ipv6") {
    const inner = embeddedIpv4(address);
    if (inner) return kindOf(inner);
  }
  if (never.check(address, family)) return "never";
  if (loopback.check(address, family)) return "loopback";
  return private_.check(address, family) ? "private" : "public";
}

/**
 * Refuses an address that webhooks may not go to.
 *
 * @param isSecure whether the connection is TLS, without which nothing goes over a public network
 * @throws {ArgumentError} for `url`.
 */
export function requireReach(
  address: string,
  { reach, isSecure, url }: { reach: WebhookReach; isSecure: boolean; url: string },
): void {
  const kind = kindOf(address);
  if (kind === "never") throw new ArgumentError("url", url, `an address that can be called; ${address} is reserved`);
  if (webhookReaches.indexOf(kind) > webhookReaches.indexOf(reach)) {
    throw new ArgumentError(
      "url",
      url,
      `an address that this server may call; ${address} is ${kind === "loopback" ? "this machine" : "on a private network"}`,
      `the operator may allow it with \`server.webhooks: "${kind}"\``,
    );
  }
  if (kind === "public" && !isSecure) throw new ArgumentError("url", url, "an https:// address");
}

/**
 * Reads the address of an endpoint, as far as it can be judged without asking for its name.
 *
 * @throws {ArgumentError} for `url`.
 */
export function readWebhookUrl(text: string, reach: WebhookReach): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) {
    throw new ArgumentError("url", text, "an https:// address without a name or password in it");
  }
  const isSecure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) requireReach(host, { reach, isSecure, url: text });
  else if (/(^|\.)localhost\.?$/.test(host)) requireReach("127.0.0.1", { reach, isSecure, url: text });
  else if (!isSecure && reach === "public") throw new ArgumentError("url", text, "an https:// address");
  return url;
}
