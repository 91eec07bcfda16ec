import { expect, test } from "vitest";
import { readWebhookUrl, requireReach, type WebhookReach, webhookReaches, webhookReachOf } from "./reach.ts";

/** The nearest setting that lets an address be called over TLS. */
function neededFor(address: string): WebhookReach | "never" {
  const open = (reach: WebhookReach) => {
    try {
      requireReach(address, { reach, isSecure: true, url: "https://x" });
      return true;
    } catch {
      return false;
    }
  };
  return webhookReaches.find(open) ?? "never";
}

test.each([
  ["93.184.216.34", "public"],
  ["2606:2800:220:1:248:1893:25c8:1946", "public"],
  ["127.0.0.1", "loopback"],
  ["127.9.9.9", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["192.168.1.1", "private"],
  ["100.100.1.1", "private"],
  ["fd12::1", "private"],
  ["64:ff9b::10.0.0.1", "private"],
  ["2002:c0a8:0101::1", "private"],
  ["172.32.0.1", "public"],
  ["0.0.0.0", "never"],
  ["169.254.169.254", "never"],
  ["::ffff:169.254.169.254", "never"],
  ["fe80::1%eth0", "never"],
  ["224.0.0.1", "never"],
  ["255.255.255.255", "never"],
  ["::", "never"],
])("%s needs the reach %s", (address, reach) => {
  expect(neededFor(address)).toBe(reach);
});

test.each([
  ["http://127.0.0.1:9/x", "public"],
  ["https://localhost/x", "public"],
  ["https://a.localhost/x", "public"],
  ["https://0x7f000001/x", "public"],
  ["https://2130706433/x", "public"],
  ["https://[::ffff:7f00:1]/x", "public"],
  ["http://example.com/x", "public"],
  ["http://93.184.216.34/x", "private"],
  ["https://user:secret@example.com/x", "private"],
  ["ftp://example.com/x", "private"],
  ["not an address", "private"],
] as const)("%s is no endpoint where %s addresses may be called", (url, reach) => {
  expect(() => readWebhookUrl(url, reach)).toThrow("`url`");
});

test("a server for this machine alone may call this machine; the setting says otherwise", () => {
  const reach = (host: string, webhooks?: WebhookReach) => webhookReachOf({ server: { host, port: 1, webhooks } });
  expect([reach("127.0.0.1"), reach("::1"), reach("localhost")]).toEqual(["loopback", "loopback", "loopback"]);
  expect([reach("0.0.0.0"), reach("10.0.0.1"), reach("example.com")]).toEqual(["public", "public", "public"]);
  expect([reach("127.0.0.1", "public"), reach("0.0.0.0", "private")]).toEqual(["public", "private"]);
  expect(readWebhookUrl("http://127.0.0.1:8000/hook", "loopback").port).toBe("8000");
});
