import { createHash } from "node:crypto";

/** A request, and what was asked by it. */
export interface Digested {
  /** Its body is digested as it is read; read it instead of the one given. */
  request: Request;
  /** SHA-256 of path and body; what nobody has read of the body is read now. */
  drained(): Promise<string>;
}

/** @param path what it was sent to, which is a part of what was asked. */
export function digestOf(given: Request, path: string): Digested {
  const hash = createHash("sha256").update(`${path}\0`);
  if (!given.body) return { request: given, drained: async () => hash.copy().digest("hex") };
  const boundary = /boundary="?([^";]+)/.exec(given.headers.get("content-type") ?? "")?.[1];
  const parts = new WithoutText(boundary, (bytes) => hash.update(bytes));
  const digesting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      parts.push(chunk);
      controller.enqueue(chunk);
    },
    flush: () => parts.end(),
  });
  const body = given.body.pipeThrough(digesting);
  const request = new Request(given.url, {
    ...{ method: given.method, headers: given.headers, signal: given.signal, body },
    duplex: "half",
  } as RequestInit);
  return {
    request,
    async drained() {
      if (request.body && !request.bodyUsed) for await (const _ of request.body);
      return hash.copy().digest("hex");
    },
  };
}

/** Bytes without the boundary of a form, which is another one each time the same form is sent. */
class WithoutText {
  readonly #text: Buffer | undefined;
  readonly #push: (bytes: Uint8Array) => void;
  #rest = Buffer.alloc(0);

  constructor(text: string | undefined, push: (bytes: Uint8Array) => void) {
    this.#text = text ? Buffer.from(text) : undefined;
    this.#push = push;
  }

  push(bytes: Uint8Array): void {
    const text = this.#text;
    if (!text) {
      this.#push(bytes);
      return;
    }
    let all = Buffer.concat([this.#rest, bytes]);
    for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text)) {
      this.#push(all.subarray(0, at));
      all = all.subarray(at + text.length);
    }
    const whole = Math.max(0, all.length - text.length + 1); // the boundary may begin at the end
    this.#push(all.subarray(0, whole));
    this.#rest = Buffer.from(all.subarray(whole));
  }

  end(): void {
    this.#push(this.#rest);
    this.#rest = Buffer.alloc(0);
  }
}
