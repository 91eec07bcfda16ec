import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeConfig, loadConfig } from "./config-load.ts";
import { readUserConfig, updateUserConfig, userConfigPath } from "./config-user-file.ts";

let folder: string;
let userFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loam-config-"));
  userFile = join(folder, "user", "loam", "config.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (options: Parameters<typeof loadConfig>[0] = {}) =>
  loadConfig({ cwd: folder, env: {}, userFile, ...options });

describe("loadConfig", () => {
  test("without any file the defaults hold and say so", async () => {
    const { config, sources } = await load();
    expect(config).toEqual({
      server: { host: "127.0.0.1", port: 4545 },
      models: {},
      providers: {},
      tracing: { enabled: true, content: "full" },
    });
    expect(sources.get("server.port")).toBe("default");
  });

  test("flags win over the environment, the environment over the project's file, that over the user's", async () => {
    await updateUserConfig(
      () => ({ models: { chat: "a:user", vision: "a:user", embed: "a:user", judge: "a:user" } }),
      userFile,
    );
    const project = join(folder, "loam.config.json");
    writeFileSync(project, JSON.stringify({ models: { chat: "a:file", vision: "a:file", embed: "a:file" } }));
    const { config, sources } = await load({
      env: { LOAM_CHAT_MODEL: "a:env", LOAM_VISION_MODEL: "a:env" },
      flags: { models: { chat: "a:flag" } },
    });
    expect(config.models).toEqual({ chat: "a:flag", vision: "a:env", embed: "a:file", judge: "a:user" });
    expect(["chat", "vision", "embed", "judge"].map((role) => sources.get(`models.${role}`))).toEqual([
      "flag",
      "environment (LOAM_VISION_MODEL)",
      project,
      userFile,
    ]);
  });

  test("a loam.config.ts in a folder above is run, and read again after it changed", async () => {
    const file = join(folder, "loam.config.ts");
    const inner = join(folder, "a", "b");
    mkdirSync(inner, { recursive: true });
    writeFileSync(file, "const port: number = 5000;\nexport default { server: { port } };\n");
    expect((await load({ cwd: inner })).config.server).toEqual({ host: "127.0.0.1", port: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(file, "export default { server: { port: 5001 } };\n");
    expect((await load({ cwd: inner })).config.server.port).toBe(5001);
  });

  test("a misspelt key is answered with its nearest neighbour, at every depth", async () => {
    writeFileSync(join(folder, "loam.config.json"), JSON.stringify({ server: { prot: 1 } }));
    await expect(load()).rejects.toMatchObject({
      code: "invalid_config",
      message: `${join(folder, "loam.config.json")}: \`server.prot\` is no setting. Did you mean \`server.port\`?`,
    });
    const flags = { providers: { openai: { baseURL: "http://x" } } } as object;
    rmSync(join(folder, "loam.config.json"));
    await expect(load({ flags })).rejects.toThrow("Did you mean `providers.openai.baseUrl`?");
  });

  test("a wrong value is named with its variable", async () => {
    await expect(load({ env: { LOAM_PORT: "eighty" } })).rejects.toThrow(
      'environment (LOAM_PORT): `server.port` is "eighty": expected number',
    );
    await expect(load({ env: { LOAM_CHAT_MODEL: "gpt" } })).rejects.toThrow("expected provider:model");
  });

  test("a secret that cannot be used does not stand in the message", async () => {
    const error = await load({ env: { LOAM_TOKEN: "hunter2" } }).catch((caught) => caught);
    expect(error.message).toContain("expected at least 16 characters");
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  test("two files in one folder are refused rather than one of them ignored", async () => {
    writeFileSync(join(folder, "loam.config.json"), "{}");
    writeFileSync(join(folder, "loam.config.ts"), "export default {};");
    await expect(load()).rejects.toMatchObject({ code: "ambiguous_config" });
  });

  test("a file that is broken is named", async () => {
    writeFileSync(join(folder, "loam.config.json"), "{");
    await expect(load()).rejects.toThrow(`${join(folder, "loam.config.json")} cannot be read`);
  });

  test("a key can stay in a variable that the file names", async () => {
    const { config, sources } = await load({
      flags: { providers: { deepinfra: { baseUrl: "https://api.example.org/v1", apiKeyEnv: "DEEP_KEY" } } },
      env: { DEEP_KEY: "secret-in-the-environment" },
    });
    expect(config.providers.deepinfra?.apiKey).toBe("secret-in-the-environment");
    expect(sources.get("providers.deepinfra.apiKey")).toBe("environment (DEEP_KEY)");
  });

  test.each([
    ["127.0.0.1:11434", "http://127.0.0.1:11434/v1"],
    ["0.0.0.0", "http://127.0.0.1:11434/v1"],
    ["https://ollama.example.org", "https://ollama.example.org/v1"],
  ])("OLLAMA_HOST=%s is read as Ollama reads it", async (host, baseUrl) => {
    expect((await load({ env: { OLLAMA_HOST: host } })).config.providers.ollama?.baseUrl).toBe(baseUrl);
  });
});

describe("describeConfig", () => {
  test("names every value's source and shows no secret", async () => {
    const loaded = await load({
      env: {
        DATABASE_URL: "postgres://ada:lovelace@db.example.org/loam",
        LOAM_TOKEN: "0123456789abcdef",
        OPENAI_API_KEY: "sk-verysecretverysecret-9f3a",
        BLOB_URL: "s3://bucket/p?secretAccessKey=abcdef",
      },
    });
    const rows = describeConfig(loaded);
    expect(rows.map(({ path, value }) => `${path}=${value}`)).toEqual([
      "blobUrl=s3://bucket/p?secretAccessKey=****",
      "databaseUrl=postgres://ada:****@db.example.org/loam",
      "providers.openai.apiKey=****9f3a",
      "server.host=127.0.0.1",
      "server.port=4545",
      "server.token=****cdef",
      "tracing.content=full",
      "tracing.enabled=true",
    ]);
    expect(rows[0]?.source).toBe("environment (BLOB_URL)");
  });
});

describe("the user's file", () => {
  test("is created for its owner alone, changed in place, and leaves nothing beside it", async () => {
    await updateUserConfig((current) => ({ ...current, providers: { openai: { apiKey: "sk-1" } } }), userFile);
    await updateUserConfig((current) => ({ ...current, models: { chat: "openai:gpt-5-mini" } }), userFile);
    expect(await readUserConfig(userFile)).toEqual({
      providers: { openai: { apiKey: "sk-1" } },
      models: { chat: "openai:gpt-5-mini" },
    });
    expect(statSync(userFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(userFile, "..")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(userFile, ".."))).toEqual(["config.json"]);
  });

  test("loses loose permissions when it is written", async () => {
    await updateUserConfig(() => ({}), userFile);
    chmodSync(userFile, 0o644);
    await updateUserConfig(() => ({ server: { port: 1 } }), userFile);
    expect(statSync(userFile).mode & 0o777).toBe(0o600);
  });

  test("a change that is not valid is refused and the file stays", async () => {
    await updateUserConfig(() => ({ server: { port: 1 } }), userFile);
    await expect(updateUserConfig(() => ({ server: { port: 70_000 } }), userFile)).rejects.toThrow("server.port");
    expect(await readUserConfig(userFile)).toEqual({ server: { port: 1 } });
  });

  test("lies under XDG_CONFIG_HOME when that is set", () => {
    expect(userConfigPath({ XDG_CONFIG_HOME: "/x", HOME: "/home/ada" })).toBe("/x/loam/config.json");
    expect(userConfigPath({ HOME: "/home/ada" })).toBe("/home/ada/.config/loam/config.json");
  });
});
