import fc from "fast-check";
import { expect, test } from "vitest";
import { redact } from "./redact.ts";
import { addSecret, addSecretsFromEnvironment, redactText } from "./secrets.ts";

const letters = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
const word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** A secret, and a text that carries it the way it appears in requests, errors and logs. */
const carriedSecret = fc.oneof(
  letters(`${word}-_`, 20, 60).map((body) => carried(`sk-proj-${body}`, (secret) => secret)),
  letters(word, 36, 36).map((body) => carried(`ghp_${body}`, (secret) => `cloned with ${secret}.`)),
  letters(word, 34, 34).map((body) => carried(`hf_${body}`, (secret) => `HF_TOKEN=${secret}`)),
  letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16, 16).map((body) => carried(`AKIA${body}`, (secret) => secret)),
  letters(`${word}-._~+/`, 20, 80).map((secret) => carried(secret, (s) => `Authorization: Bearer ${s}`)),
  letters(`${word}-._~+/`, 20, 80).map((secret) => carried(secret, (s) => `401 for bearer ${s}`)),
  letters(`${word}!$%^*-_/?#:.`, 8, 30).map((secret) =>
    carried(secret, (s) => `postgres://loam:${s}@db.example.com:5432/loam`),
  ),
  letters(`${word}!$*-_.`, 8, 30).map((secret) => carried(secret, (s) => `redis://:${s}@cache:6379`)),
  letters(`${word}-_.`, 8, 30).map((secret) =>
    carried(secret, (s) => `GET https://api.example.com/v1?q=1&api_key=${s}`),
  ),
  letters(`${word}-_.`, 8, 30).map((secret) => carried(secret, (s) => `PGPASSWORD=${s} psql`)),
  letters(`${word}-_.`, 8, 30).map((secret) => carried(secret, (s) => JSON.stringify({ password: s, user: "loam" }))),
  letters(`${word}-_.`, 8, 30).map((secret) => carried(secret, (s) => JSON.stringify(JSON.stringify({ apiKey: s })))),
  letters(word, 24, 40).map((secret) => carried(secret, (s) => `x-api-key: ${s}`)),
  letters(`${word}-_`, 12, 40).map((body) => carried(`eyJhbGciOi.eyJzdWIi${body}.${body}`, (s) => `jwt ${s}`)),
);

function carried(secret: string, write: (secret: string) => string) {
  return { secret, text: write(secret) };
}

/** Any place in a value where a text may stand. */
const placed = fc
  .tuple(carriedSecret, fc.string(), fc.string(), fc.nat(6))
  .map(([{ secret, text }, before, after, shape]) => {
    const whole = `${before} ${text} ${after}`;
    const value = [
      whole,
      { messages: [{ role: "user", content: whole }] },
      { [`note ${text}`]: 1 },
      new Error(whole, { cause: new Error(text) }),
      new Map([["a", { deep: [[whole]] }]]),
      { toJSON: () => ({ inner: whole }) },
      [[whole], new Set([text])],
    ][shape];
    return { secret, value };
  });

test("no secret survives, wherever it stands in a value", () => {
  fc.assert(
    fc.property(placed, ({ secret, value }) => {
      expect(JSON.stringify(redact(value))).not.toContain(secret);
    }),
    { seed: 7, numRuns: 1500 },
  );
});

test("redacting twice changes nothing the second time", () => {
  fc.assert(
    fc.property(placed, fc.jsonValue(), ({ value }, json) => {
      const once = redact([value, json]);
      expect(redact(once)).toEqual(once);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("any value at all gives JSON and never throws", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }), (value) => {
      const clean = redact(value);
      expect(JSON.parse(JSON.stringify(clean))).toEqual(clean);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("fields named like secrets lose their value, whatever it is", () => {
  expect(
    redact({
      apiKey: "short",
      OPENAI_API_KEY: "x",
      password: 1234,
      credentials: { user: "a", pin: 5 },
      headers: { Authorization: "anything", "set-cookie": ["sid=1"], accept: "text/html" },
      token: "9f86d081884c7d659a2feaa0c55ad015",
    }),
  ).toEqual({
    apiKey: "[redacted]",
    OPENAI_API_KEY: "[redacted]",
    password: "[redacted]",
    credentials: "[redacted]",
    headers: { Authorization: "[redacted]", "set-cookie": "[redacted]", accept: "text/html" },
    token: "[redacted]",
  });
});

test("ordinary text and fields that only sound secret are left alone", () => {
  const value = {
    inputTokens: 12,
    max_tokens: 100,
    token: "Hello",
    key: "title",
    password: null,
    text: "Basic understanding of bearer bonds, token embeddings and the secretary's keyboard. See https://example.com/@loam?q=1.",
    model: "openai:gpt-5-mini",
    task: "sk-learn, risk-averse",
    mail: "ada@example.com",
    figures: "BLEU of 28.4 on WMT 2014; key=value",
  };
  expect(redact(value)).toEqual(value);
});

test("a connection URL keeps its host, so that the error stays useful", () => {
  expect(redactText("cannot reach postgres://loam:hun/ter@2@db:5432/x")).toBe(
    "cannot reach postgres://[redacted]@db:5432/x",
  );
  expect(redactText("https://user:pw@example.com/a")).toBe("https://[redacted]@example.com/a");
});

test("known values are erased wherever they stand", () => {
  addSecretsFromEnvironment({ MY_SERVICE_API_KEY: "plain words", HOME: "/root", SHORT_TOKEN: "abc" });
  addSecret("correct horse");
  expect(redactText("it said plain words about the correct horse in /root, abc")).toBe(
    "it said [redacted] about the [redacted] in /root, abc",
  );
});

test("bytes, vectors, pictures and long text are summarised", () => {
  expect(
    redact({
      bytes: new Uint8Array(5),
      vector: new Float32Array(512),
      numbers: Array.from({ length: 100 }, (_, i) => i),
      image: `data:image/png;base64,${"A".repeat(4000)}`,
      long: "x".repeat(20_000),
      big: 1n,
      regexp: /x/,
      fn: () => 1,
    }),
  ).toEqual({
    bytes: "[5 bytes]",
    vector: "[Float32Array of 512]",
    numbers: "[100 numbers]",
    image: "data:image/png;base64,[4000 characters]",
    long: `${"x".repeat(16_384)}… [3616 characters cut]`,
    big: "1",
    regexp: "[RegExp]",
  });
});

test("cycles and throwing getters cost their field only", () => {
  const loop: Record<string, unknown> = { name: "a" };
  loop.self = loop;
  Object.defineProperty(loop, "bad", {
    enumerable: true,
    get: () => {
      throw new Error("closed");
    },
  });
  expect(redact(loop)).toEqual({ name: "a", self: "[circular]", bad: "[unreadable: closed]" });
});

test("a megabyte of hostile text is redacted in under a second", () => {
  for (const unit of ["a-", "password", "sk-", "://", "bearer ", "=", '\\"', "eyJ", "@"]) {
    const start = performance.now();
    redactText(unit.repeat(Math.ceil(131_072 / unit.length)));
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
