import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partOf, plantSecrets } from "../../test/planted-secrets.ts";
import { redact } from "./redact.ts";
import { redactText } from "./secrets.ts";

const root = join(import.meta.dirname, "../../../..");

/** The ways in which a text comes along. */
const forms: Record<string, (text: string) => string> = {
  plain: (text) => text,
  "in a sentence": (text) => `before it ${text} and after it.`,
  "in JSON": (text) => JSON.stringify({ content: `a ${text} b` }),
  "in JSON in JSON": (text) => JSON.stringify(JSON.stringify({ content: `a ${text} b` })),
  "percent-encoded": (text) => encodeURIComponent(`x ${text} y`),
  "in a form": (text) => new URLSearchParams({ q: text }).toString(),
  "in base64": (text) => Buffer.from(text).toString("base64"),
  "in base64url": (text) => Buffer.from(`x ${text} y`).toString("base64url"),
};

test.each(Object.entries(forms))("no secret of any kind is kept: %s", (_, write) => {
  const leaks = [1, 2, 3].flatMap(plantSecrets).filter(({ text, secret }) => {
    const written = write(text);
    const clean = redactText(written);
    return (
      clean === written || [partOf(secret), encodeURIComponent(partOf(secret))].some((part) => clean.includes(part))
    );
  });
  expect(leaks).toEqual([]);
});

test("no secret of any kind is kept in the pieces of a stream", () => {
  const leaks = plantSecrets(4).filter(({ text, secret }) => {
    const chunks = text.match(/[\s\S]{1,5}/g)!.map((content) => ({ choices: [{ delta: { content } }] }));
    const clean = redact(chunks) as typeof chunks;
    return clean
      .map(({ choices }) => choices[0]!.delta.content)
      .join("")
      .includes(partOf(secret));
  });
  expect(leaks).toEqual([]);
});

test("what this project says of itself holds no secret", () => {
  const files = [
    ...["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"],
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
    ...readdirSync(join(root, "packages/studio/src/i18n"))
      .filter((name) => /^[\w-]+\.ts$/.test(name))
      .map((name) => `packages/studio/src/i18n/${name}`),
  ];
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    expect([file, redactText(text)]).toEqual([file, text]);
  }
});

test.each([
  "const apiKey = process.env.OPENAI_API_KEY ?? options?.apiKey;",
  "class Client { constructor({ apiKey, password }: { apiKey: string; password?: string }) { this.apiKey = apiKey; } }",
  "def login(user: str, password: str = None, api_key=api_key, token=get_token()): self._password = password",
  'parser.add_argument("--api-key", help="API key"); parser.add_argument("--password", type=str, required=True)',
  "curl -H 'Authorization: Bearer $TOKEN' -u \"$USER:$PASS\" https://example.org; docker login -u me -p $PASSWORD",
  'export OPENAI_API_KEY=<your key>; export HF_TOKEN="hf_..."; api_key="YOUR_API_KEY"; password: "********"',
  "The password must have 8 characters, one of them a digit; the API key is shown once, and tokens are counted.",
  '{"model": "gpt-4o-mini-2024-07-18", "max_tokens": 512, "token_ids": [50256, 11], "key": "title", "next_page_token": "CAUQAA"}',
  '{"Ġpass": 1208, "password": 9206, "Authorization": 19601, "secret": 21078}',
  "The secret of Room 101, the key to 221B Baker Street and the token of 4 May 2026 are words of a story.",
  "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 and 018f5e2c-7d3a-7c4e-9a41-2f6f0c9e8a11",
  "data: key=value; sort=asc; page=2; auth=none; cookie: a small cake; basic training; bearer bonds",
  "Le mot de passe doit contenir 8 caractères. La contraseña es obligatoria. A senha é secreta. Пароль обязателен.",
  "パスワードを入力してください。비밀번호를 입력하세요. 密码至少 8 位，密钥不要告诉别人。",
])("ordinary text and code stay as they are: %s", (text) => {
  expect(redactText(text)).toBe(text);
});
