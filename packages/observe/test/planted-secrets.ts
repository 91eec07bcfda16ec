import { Rng } from "@loam/core";

/** One secret as people and programs write it. None is real. */
export interface PlantedSecret {
  kind: string;
  /** As it stands in a message, a log or a file. */
  text: string;
  /** The part that may be nowhere afterwards. */
  secret: string;
}

const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const word = lower + upper + digits;
const hex = "0123456789abcdef";
const base64 = `${word}+/`;

/** Makes secrets of one kind, other ones for every `rng`. `§` in a template is where the secret stands. */
type Kind = (draw: Draw) => string | [template: string, secret: string];

interface Draw {
  (alphabet: string, length: number): string;
  /** What people take for a password: letters of both cases and digits, 8 to 14 characters. */
  password(): string;
  pick<T>(items: readonly T[]): T;
}

/** A token that says itself what it is. */
const token =
  (prefix: string, alphabet: string, length: number, suffix = ""): Kind =>
  (draw) =>
    prefix + draw(alphabet, length) + suffix;

/** A password in one of some sentences or lines. */
const said =
  (...templates: string[]): Kind =>
  (draw) => [draw.pick(templates), draw.password()];

/** A value without a form of its own, told by what stands before it. */
const assigned =
  (alphabet: string, length: number, ...templates: string[]): Kind =>
  (draw) => [draw.pick(templates), draw(alphabet, length)];

const jwt = (draw: Draw) => `eyJhbGciOiJIUzI1NiJ9.eyJ${draw(word, 30)}.${draw(`${word}-_`, 43)}`;
const lines = (draw: Draw, length: number) =>
  Array.from({ length: Math.ceil(length / 64) }, () => draw(base64, 64)).join("\n");
const privateKey =
  (label: string): Kind =>
  (draw) => {
    const body = lines(draw, 320);
    return [`-----BEGIN ${label}-----\n§\n-----END ${label}-----`, body];
  };
const encoded = (text: string) => Buffer.from(text).toString("base64");

/** Every kind of secret that Loam takes out, with a generator of it. */
const secretKinds: Record<string, Kind> = {
  // Tokens with a form of their own
  openaiProject: token("sk-proj-", `${word}_-`, 48),
  openaiLegacy: (draw) => `sk-${draw(word, 20)}T3BlbkFJ${draw(word, 20)}`,
  openaiService: token("sk-svcacct-", `${word}_-`, 60),
  anthropic: token("sk-ant-api03-", `${word}_-`, 93, "AA"),
  openrouter: token("sk-or-v1-", hex, 64),
  deepseek: token("sk-", hex, 32),
  langfuse: (draw) => `sk-lf-${draw(hex, 8)}-${draw(hex, 4)}-4${draw(hex, 3)}-a${draw(hex, 3)}-${draw(hex, 12)}`,
  awsKey: token("AKIA", `${upper}234567`, 16),
  awsTemporary: token("ASIA", `${upper}234567`, 16),
  awsSecret: assigned(base64, 40, "aws_secret_access_key=§", "AWS_SECRET_ACCESS_KEY: §", '"SecretAccessKey": "§"'),
  githubClassic: (draw) => `${draw.pick(["ghp", "gho", "ghu", "ghs", "ghr"])}_${draw(word, 36)}`,
  githubFine: (draw) => `github_pat_${draw(upper + digits, 22)}_${draw(word, 59)}`,
  gitlab: (draw) => `${draw.pick(["glpat", "gldt", "glrt", "glptt", "glcbt", "glft", "glsoat"])}-${draw(word, 20)}`,
  jwt,
  slack: (draw) =>
    `${draw.pick(["xoxb", "xoxp", "xoxa", "xoxs"])}-${draw(digits, 12)}-${draw(digits, 12)}-${draw(word, 24)}`,
  slackApp: (draw) => `xapp-1-A${draw(upper + digits, 10)}-${draw(digits, 13)}-${draw(hex, 64)}`,
  slackWebhook: (draw) => [
    `https://hooks.slack.com/services/T${draw(upper + digits, 9)}/B${draw(upper + digits, 9)}/§`,
    draw(word, 24),
  ],
  discordWebhook: (draw) => [`https://discord.com/api/webhooks/${draw(digits, 18)}/§`, draw(`${word}_-`, 68)],
  discordBot: (draw) => `M${draw(word, 23)}.${draw(word, 6)}.${draw(`${word}_-`, 27)}`,
  teamsWebhook: (draw) => [
    `https://acme.webhook.office.com/webhookb2/§`,
    `${draw(hex, 32)}/IncomingWebhook/${draw(hex, 32)}`,
  ],
  google: token("AIza", `${word}_-`, 35),
  googleOauth: token("ya29.", `${word}_-`, 60),
  googleClient: token("GOCSPX-", `${word}_-`, 28),
  stripe: (draw) => `${draw.pick(["sk_live_", "rk_live_", "sk_test_", "rk_test_"])}${draw(word, 24)}`,
  stripeWebhook: token("whsec_", word, 32),
  huggingface: token("hf_", word, 34),
  huggingfaceOrg: token("api_org_", word, 34),
  npm: token("npm_", word, 36),
  pypi: token("pypi-AgEIcHlwaS5vcmc", `${word}_-`, 70),
  sendgrid: (draw) => `SG.${draw(word, 22)}.${draw(`${word}_-`, 43)}`,
  azureStorage: assigned(base64, 86, "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=§=="),
  azureBus: assigned(base64, 43, "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=§="),
  azureSas: assigned(base64.replace("+/", ""), 44, "https://a.blob.core.windows.net/c?sv=2024-01-01&sp=r&sig=§%3D"),
  azureClient: (draw) => `${draw(word, 3)}8Q~${draw(word, 34)}`,
  groq: token("gsk_", word, 52),
  xai: token("xai-", word, 80),
  perplexity: token("pplx-", word, 48),
  replicate: token("r8_", word, 37),
  fireworks: token("fw_", word, 24),
  nvidia: token("nvapi-", `${word}_-`, 64),
  elevenlabs: token("sk_", hex, 48),
  cerebras: token("csk-", lower + digits, 48),
  telegram: (draw) => `${draw(digits.slice(1), 10)}:AA${draw(`${word}_-`, 33)}`,
  digitalocean: (draw) => `${draw.pick(["dop_v1_", "doo_v1_", "dor_v1_"])}${draw(hex, 64)}`,
  twilioKey: token("SK", hex, 32),
  twilioAuth: assigned(hex, 32, "TWILIO_AUTH_TOKEN=§", "twilio auth token: §"),
  mailgun: token("key-", hex, 32),
  mailchimp: token("", hex, 32, "-us12"),
  newrelic: token("NRAK-", upper + digits, 27),
  square: token("sq0csp-", `${word}_-`, 43),
  squareAccess: token("EAAA", `${word}_-`, 60),
  shopify: (draw) => `${draw.pick(["shpat_", "shpca_", "shppa_", "shpss_"])}${draw(hex, 32)}`,
  linear: token("lin_api_", word, 40),
  notion: (draw) => `${draw.pick(["ntn_", "secret_"])}${draw(word, 43)}`,
  airtable: (draw) => `pat${draw(word, 14)}.${draw(hex, 64)}`,
  atlassian: token("ATATT3xFfGF0", `${word}_-=`, 172),
  databricks: token("dapi", hex, 32),
  doppler: token("dp.pt.", word, 43),
  dynatrace: (draw) => `dt0c01.${draw(upper + digits, 24)}.${draw(upper + digits, 64)}`,
  figma: token("figd_", `${word}_-`, 40),
  grafana: token("glsa_", word, 32, "_1a2b3c4d"),
  grafanaCloud: token("glc_", word, 60),
  vault: token("hvs.", `${word}_-`, 95),
  terraform: (draw) => `${draw(word, 14)}.atlasv1.${draw(`${word}_-`, 64)}`,
  pinecone: (draw) => `pcsk_${draw(word, 6)}_${draw(word, 62)}`,
  langsmith: (draw) => `lsv2_${draw.pick(["pt", "sk"])}_${draw(hex, 32)}_${draw(hex, 10)}`,
  supabase: (draw) => `${draw.pick(["sbp_", "sb_secret_"])}${draw(hex, 40)}`,
  planetscale: (draw) => `pscale_${draw.pick(["tkn", "pw"])}_${draw(word, 43)}`,
  postman: (draw) => `PMAK-${draw(hex, 24)}-${draw(hex, 34)}`,
  pulumi: token("pul-", hex, 40),
  rubygems: token("rubygems_", hex, 48),
  sentry: (draw) => `${draw.pick(["sntrys_", "sntryu_"])}${draw(word, 60)}`,
  posthog: token("phx_", word, 43),
  docker: token("dckr_pat_", `${word}_-`, 27),
  typeform: token("tfp_", word, 59),
  age: token("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
  wandbNew: token("wandb_v1_", word, 77),
  loamKey: token("loam_", word, 40),
  rsa: privateKey("RSA PRIVATE KEY"),
  openssh: privateKey("OPENSSH PRIVATE KEY"),
  pkcs8: privateKey("PRIVATE KEY"),
  pgp: privateKey("PGP PRIVATE KEY BLOCK"),
  putty: (draw) => [
    `PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n§\nPrivate-MAC: ${draw(hex, 64)}`,
    draw(base64, 48),
  ],

  // Headers and links
  bearer: assigned(word, 24, "Authorization: Bearer §", "401 for bearer §", "curl -H 'authorization: Bearer §'"),
  basic: (draw) => ["Authorization: Basic §", encoded(`user:${draw.password()}`)],
  digest: assigned(hex, 32, 'Authorization: Digest username="a", response="§"'),
  apiKeyHeader: assigned(
    word,
    12,
    "X-Api-Key: §",
    "x-goog-api-key: §",
    "api-key: §",
    "Ocp-Apim-Subscription-Key: §",
    "X-Auth-Token: §",
  ),
  cookie: assigned(word, 20, "Cookie: session=§", "Set-Cookie: sid=§; HttpOnly", "cookie: theme=dark; auth=§"),
  headerPair: assigned(word, 14, '[["x-api-key", "§"]]', "[('Authorization', 'Token §')]", '["cookie", "sid=§"]'),
  headerObject: assigned(
    word,
    14,
    '{"name": "x-api-key", "value": "§"}',
    '{"key": "Authorization", "value": "§"}',
    '{"value": "§", "name": "api_key"}',
  ),
  userInUrl: said(
    "https://user:§@db.example.org/x",
    "redis://:§@cache:6379/0",
    "git clone https://oauth2:§@git.example.org/a.git",
  ),
  connection: said(
    "postgres://u:§@h/db",
    "mongodb+srv://app:§@cluster0.example.net/?retryWrites=true",
    "amqp://guest:§@mq:5672",
    "Server=db;Database=x;User Id=sa;Password=§;",
    "jdbc:postgresql://h/db?user=a&password=§",
    "host=db user=app password=§ dbname=x",
  ),
  query: assigned(
    word,
    14,
    "https://x.example/?api_key=§",
    "https://x.example/a?b=1&access_token=§",
    "GET /?token=§ HTTP/1.1",
    "wss://x.example/?auth=§",
  ),
  signedUrl: assigned(hex, 64, "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=§"),

  // Files
  assignment: said(
    "password=§",
    "passwd: §",
    "pwd=§",
    'secret_key = "§"',
    "PGPASSWORD=§ psql",
    "export DB_PASSWORD='§'",
    "spring.datasource.password=§",
    '{"client_secret": "§"}',
    '{"db": {"userPassword": "§"}}',
    "MYSQL_ROOT_PASSWORD: §",
    "const password = '§';",
    'let apiKey = "§"',
    'os.environ["OPENAI_API_KEY"] = "§"',
    'api_key="§"',
    'SECRET_KEY_BASE="§"',
    "<password>§</password>",
    '<add key="ApiKey" value="§" />',
    "passphrase: '§'",
    "pass = §",
  ),
  netrc: said("machine api.wandb.ai login user password §", "machine h\n  login a\n  password §"),
  pgpass: said("db.example.org:5432:app:loam:§"),
  dockerAuth: (draw) => ['{"auths": {"r": {"auth": "§"}}}', encoded(`user:${draw.password()}`)],
  npmrc: assigned(word, 36, "//registry.npmjs.org/:_authToken=§", "_auth=§"),
  sql: said("ALTER ROLE app WITH PASSWORD '§'", "CREATE USER a IDENTIFIED BY '§'", "create user app password '§';"),
  kubernetes: (draw) => ["kind: Secret\ndata:\n  password: §", encoded(draw.password())],

  // Command lines
  wandbLogin: assigned(hex, 40, "wandb login §", "wandb login --relogin §", "WANDB_API_KEY=§ python train.py"),
  sshpass: said("sshpass -p § ssh host", "sshpass -p'§' scp a b:"),
  curlUser: said(
    "curl -u admin:§ http://x",
    "curl --user 'me:§' https://h",
    "curl -sSuadmin:§ https://h",
    "wget --user=a --password=§ https://h",
  ),
  mysql: said("mysql -p§ db", "mysql -u root -p'§'", "mysqldump --password=§ db", "mariadb -uroot -p§"),
  redisCli: said("redis-cli -h cache -a §", "redis-cli --pass § ping"),
  mongosh: said("mongosh -u root -p § --authenticationDatabase admin", "mongodump --username a --password §"),
  dockerLogin: said(
    "docker login -u me -p § r.example.org",
    "az login -u me@x.org -p §",
    "helm registry login -u a -p § r",
    "podman login --password § r",
  ),
  openssl: said("openssl rsa -passin pass:§ -in k", "openssl enc -aes256 -k pass:§", "keytool -storepass § -list"),
  argument: said(
    "tool --password § run",
    "tool --api-key=§",
    "app --token § --verbose",
    "run --client-secret '§'",
    "java -Dpassword=§ -jar a.jar",
  ),
  argv: said('["tool", "--password", "§"]', "['--api-key', '§', '--x']", '{"args": ["--token", "§"]}'),
  echo: said(
    "echo '§' | docker login --password-stdin",
    "echo § | sudo -S ls",
    "printf '§' | gh auth login --with-token",
  ),

  // Sentences
  english: said(
    "my password is §",
    "The password: §",
    "api key: §",
    "password for the staging db is §, please keep it",
    "login with admin / §",
    "username admin, password §",
    "use the passcode § to enter",
    "here is the API key §",
    "The secret is §.",
    "credentials are admin:§",
    "my api_key is `§`",
    "the access token is §",
    "pass: §",
    "pw: §",
  ),
  chinese: said(
    "密码：§",
    "我的密码是 §",
    "密钥: §",
    "口令为「§」",
    "数据库密码是§，请保密",
    "密碼：§",
    "访问令牌：§",
    "API 密钥是§",
  ),
  german: said("Passwort: §", "Mein Passwort ist §", "Das Kennwort lautet §", "Zugangsdaten: admin / §"),
  french: said("mot de passe : §", "le mot de passe est §", "Mot de passe: §", "clé API : §"),
  spanish: said("contraseña: §", "mi contraseña es §", "la clave es §", "clave secreta: §"),
  portuguese: said("senha: §", "minha senha é §", "a senha do banco é §"),
  italian: said("la password è §", "parola d'ordine: §", "chiave segreta: §"),
  russian: said("пароль: §", "мой пароль §", "Пароль — §", "ключ API: §"),
  japanese: said("パスワード：§", "パスワードは§です", "暗証番号: §", "APIキー：§"),
  korean: said("비밀번호: §", "비밀번호는 §입니다", "암호: §"),
  entropy: assigned(
    word,
    40,
    "token: §",
    "the key I got was §",
    "MISTRAL_KEY=§",
    "use this token\n§",
    "COHERE: auth §",
    "deploy key -> §",
    "the signing secret they gave us, §, expires soon",
  ),
};

/** What is looked for afterwards: of a long secret its middle, which none of the encodings that are tried changes. */
export const partOf = (secret: string): string => (secret.length > 24 ? secret.slice(4, 18) : secret);

/** One secret of every kind, different ones for every seed. */
export function plantSecrets(seed: number): PlantedSecret[] {
  return Object.entries(secretKinds).map(([kind, make], i) => {
    const made = make(drawFrom(new Rng(seed * 1009 + i)));
    const [template, secret] = typeof made === "string" ? ["§", made] : made;
    return { kind, secret, text: template.replace("§", () => secret) };
  });
}

function drawFrom(rng: Rng): Draw {
  const pick = <T>(items: readonly T[]) => items[Math.floor(rng.uniform() * items.length)]!;
  const draw = (alphabet: string, length: number): string => {
    let text = "";
    while (text.length < length) text += pick([...alphabet]);
    // A value without a digit is a word as often as not: the next one is drawn then.
    return length >= 12 && alphabet.includes("0") && !/\d/.test(text) ? draw(alphabet, length) : text;
  };
  return Object.assign(draw, {
    pick,
    password: () =>
      `${draw(upper, 1)}${draw(lower, 4)}${draw(word, 2 + Math.floor(rng.uniform() * 5))}${draw(digits, 2)}`,
  });
}
