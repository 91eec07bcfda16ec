import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { alertNotices, type Store } from "@loam/store";
import { eq, lt, sql } from "drizzle-orm";
import { redactText } from "../secrets/secrets.ts";
import type { AlertChannel } from "./rules.ts";

export interface DeliveryOptions {
  /** Commands by the names that rules give: the program and its arguments. The notice is JSON on its standard input. */
  commands?: Readonly<Record<string, readonly string[]>>;
  timeoutMs?: number;
  now?: Date;
}

/** After so many attempts a notice is given up; the alert itself stands in the list all the same. */
const maxAttempts = 12;

/** Delivers what waits. What cannot be delivered is tried again, later each time. @returns how many got through. */
export async function deliverNotices(
  store: Store,
  { commands = {}, timeoutMs = 10_000, now = new Date() }: DeliveryOptions = {},
): Promise<number> {
  let delivered = 0;
  for (let i = 0; i < 200; i++) {
    // Taken before it is sent: another server that looks meanwhile finds it later.
    const [taken] = await store.db
      .update(alertNotices)
      .set({
        attempts: sql`${alertNotices.attempts} + 1`,
        nextAt: sql`${now.toISOString()}::timestamptz + make_interval(secs => least(3600, 5 * 2 ^ ${alertNotices.attempts}))`,
      })
      .where(
        eq(
          alertNotices.id,
          sql`(select id from alert_notices where sent_at is null and next_at <= ${now.toISOString()}::timestamptz
            and attempts < ${maxAttempts} order by next_at limit 1 for update skip locked)`,
        ),
      )
      .returning();
    if (!taken) return delivered;
    try {
      await send(taken.id, taken.channel as unknown as AlertChannel, taken.body, commands, timeoutMs);
      await store.db.update(alertNotices).set({ sentAt: now, error: null }).where(eq(alertNotices.id, taken.id));
      delivered++;
    } catch (error) {
      const message = redactText(error instanceof Error ? error.message : String(error)).slice(0, 1000);
      await store.db.update(alertNotices).set({ error: message }).where(eq(alertNotices.id, taken.id));
    }
  }
  return delivered;
}

/** Forgets notices of long ago. */
export async function forgetNotices(store: Store, before: Date): Promise<void> {
  await store.db.delete(alertNotices).where(lt(alertNotices.createdAt, before));
}

async function send(
  id: string,
  channel: AlertChannel,
  body: Record<string, unknown>,
  commands: NonNullable<DeliveryOptions["commands"]>,
  timeoutMs: number,
): Promise<void> {
  const text = JSON.stringify(body);
  if (channel.type === "webhook") return await post(id, channel, text, timeoutMs);
  const command = Object.hasOwn(commands, channel.name) ? commands[channel.name]! : undefined;
  if (!command?.[0]) throw new Error(`the configuration has no alerts.commands.${channel.name}`);
  await runCommand(command, text, timeoutMs);
}

/** As Standard Webhooks have it: the signature covers the id, the time and the body. */
async function post(
  id: string,
  { url, secret }: Extract<AlertChannel, { type: "webhook" }>,
  text: string,
  timeoutMs: number,
): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const response = await fetch(url, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      ...(secret ? { "webhook-signature": signWebhook(secret, id, timestamp, text) } : {}),
    },
    body: text,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the address answered ${response.status}`);
}

/** `v1,<base64>`: HMAC-SHA256 of `id.timestamp.body`. A secret that begins with `whsec_` is base64 after it. */
export function signWebhook(secret: string, id: string, timestamp: string, text: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest("base64")}`;
}

function runCommand([program, ...args]: readonly string[], text: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ["pipe", "ignore", "ignore"], timeout: timeoutMs });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code ?? signal}`)),
    );
    child.stdin.on("error", () => {}); // a program need not read it
    child.stdin.end(text);
  });
}
