import { lookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { CancelledError, LoamError, UnavailableError } from "@loam/core";
import { readWebhookUrl, requireReach, type WebhookReach } from "./reach.ts";

/** How long a receiver may take until its answer begins. */
const timeoutMs = 15_000;

/**
 * Posts to an address and answers the status. Redirects are not followed. The address that a name stands for is judged
 * when the connection is made, and that very one is called: a name that changes its mind between two questions gains
 * nothing.
 *
 * @throws {ArgumentError} when the address may not be called.
 * @throws {UnavailableError} when nobody answers there.
 */
export async function sendWebhook(
  target: string,
  payload: string,
  { headers, reach, signal }: { headers: Record<string, string>; reach: WebhookReach; signal?: AbortSignal },
): Promise<number> {
  const url = readWebhookUrl(target, reach);
  const isSecure = url.protocol === "https:";
  const checkedLookup: LookupFunction = (host, options, answer) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, "", 0);
      try {
        for (const { address } of addresses) requireReach(address, { reach, isSecure, url: target });
      } catch (refused) {
        return answer(refused as Error, "", 0);
      }
      if (options.all) return answer(null, addresses);
      answer(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
  const limit = AbortSignal.timeout(timeoutMs);
  return await new Promise<number>((resolve, reject) => {
    const fail = (cause: unknown) => {
      if (cause instanceof LoamError) return reject(cause);
      if (signal?.aborted) return reject(new CancelledError("the delivery", { cause }));
      const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : (cause as Error).message;
      reject(new UnavailableError(url.origin, `${why}.`, { cause }));
    };
    const send = isSecure ? requestHttps : requestHttp;
    const sent = send(url, {
      method: "POST",
      agent: false,
      lookup: checkedLookup,
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(payload),
        "user-agent": "Loam-Webhooks/1.0",
      },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    sent.on("error", fail);
    sent.on("response", (response) => {
      response.destroy(); // what it says besides is not of interest, and may be long
      resolve(response.statusCode ?? 0);
    });
    sent.end(payload);
  });
}
