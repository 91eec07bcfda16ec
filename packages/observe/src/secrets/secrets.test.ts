import { expect, test } from "vitest";
import { redact } from "./redact.ts";
import { redactPieces, redactText } from "./secrets.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Each text with the part of it that may not be kept. None is real. */
const planted: [string, string][] = [
  ["post to hooks.slack.com/services/T0ABCDEFG/B0ABCDEFG/abcdef123456abcdef123456", "abcdef123456"],
  ["https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnop"],
  ["SK0123456789abcdef0123456789abcdef", "0123456789abcdef"],
  ["1234567890:AAbbccddeeff00112233445566778899xyz", "AAbbccdd"],
  [`dapi${"0123456789abcdef".repeat(2)}`, "0123456789abcdef"],
  [`AGE-SECRET-KEY-1${"QPZRY9X8GF".repeat(6)}`, "QPZRY9X8"],
  [`wandb login ${"0a1b2c3d4e".repeat(4)}`, "0a1b2c3d"],
  ["sshpass -p 'hunter2x' ssh host", "hunter2x"],
  ["curl -s -u admin:CurlPw4567 https://h/", "CurlPw4567"],
  ["tool --password Sup3rS3cret run", "Sup3rS3cret"],
  ["mysql -u root -pMyPw445566 db", "MyPw445566"],
  ['{"auths": {"h": {"auth": "dXNlcjpodW50ZXIyc2VjcmV0"}}}', "dXNlcjpod"],
  ['[["x-api-key", "hdrKey998877"]]', "hdrKey998877"],
  ['{"name": "Authorization", "value": "zzTopSecret"}', "zzTopSecret"],
  ["url=x%3Fapi_key%3DK3yInQuery77", "K3yInQuery77"],
  [base64("the password=Hunter2222 is"), base64("the password=Hunter2222 is").slice(4, 30)],
  ["sk-proj-AbCdEfGh\\\n  IjKlMnOpQr123StUv", "IjKlMnOp"],
  ["密码：ZhMiMa8899", "ZhMiMa8899"],
  ["密钥是 abcd1234efgh", "abcd1234efgh"],
  ["my password is CorrectHorse77", "CorrectHorse77"],
];

test.each(planted)("%j keeps no secret", (text, secret) => {
  expect(redactText(text)).not.toContain(secret);
});

test("a secret that begins in one chunk of a stream and ends in another is in none", () => {
  expect(redactPieces(["a sk-proj-", "AbCdEf1234", "GhIjKlMn ok"])).toEqual(["a [redacted]", "", " ok"]);
  const chunks = ["key sk-pro", "j-AbCdEf1234", "GhIj!"].map((content) => ({ choices: [{ delta: { content } }] }));
  expect(JSON.stringify(redact(chunks))).not.toMatch(/AbCd|GhIj/);
  expect(redact({ headers: [{ name: "x-api-key", value: "abc" }], pairs: [["authorization", "abc"]] })).toEqual({
    headers: [{ name: "x-api-key", value: "[redacted]" }],
    pairs: [["authorization", "[redacted]"]],
  });
});

test.each([
  "The password was changed yesterday, and the token budget is 4,096 tokens per request.",
  "Basic research on the bearer of good news; see section 3.2 of the paper.",
  "model: gpt-4o-2024-08-06, temperature: 0.7, top_p=0.95, max_tokens: 512, stop: ['\\n']",
  "git commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b fixes the login page (#1234).",
  "id 018f0000-0000-7000-8000-000000000000 at 2026-11-27T13:41:29.061323+00:00, ratio 1:2:3",
  "Use `wandb login` first, then `curl https://example.org/a?page=2&sort=asc` and read the answer.",
  "请修改您的密码，然后重新登录。密钥的长度为 256 位。",
  "skills, risk-averse, task-oriented, desk-top; pk, hf, npm and SG are abbreviations.",
  "SGVsbG8gd29ybGQsIHRoaXMgaXMganVzdCBhIHRleHQu is base64 of a greeting",
  "const key = items.map((item) => item.key).join(', '); // the key of each",
  "Der Schlüssel liegt unter der Matte. Le mot de passe est oublié. パスワードを忘れた。",
])("ordinary text stays as it is: %s", (text) => {
  expect(redactText(text)).toBe(text);
  expect(redact([{ content: text }, { content: text }])).toEqual([{ content: text }, { content: text }]);
});

test("a field that says where its value is found keeps that", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it is written in a spec
  const headers = { Authorization: "Bearer ${KEY}", "x-api-key": "${KEY}" };
  expect(redact(headers)).toEqual(headers);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: not a reference alone
  expect(redact({ authorization: "Bearer ${KEY}x9Kq2mZ" })).toEqual({ authorization: "[redacted]" });
});
