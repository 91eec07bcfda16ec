import type { SecretRule } from "./rule.ts";

/** A token may follow another word, a percent-encoded character or an escape. */
const start = "(?<![A-Za-z0-9]|(?<!\\\\)[A-Za-z0-9]_)";

const rows: [hints: string[], pattern: string][] = [
  // The body of a key file by its first line.
  [
    ["mii", "mhccaq", "mc4caq", "migh", "b3blbn"],
    "(?:MII[CEJ][A-Za-z0-9+/]AIBA|MII[A-Za-z0-9+/]{2}[A-Za-z0-9]IBADANBg|MHcCAQEE|MC4CAQAwBQ|MIGHAgEA|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/=]{12,}",
  ],
  [["sk-", "rk-", "pk-"], "(?:sk|rk|pk)-[A-Za-z0-9_-]{12,}"],
  [["sk_", "rk_", "pk_", "whsec_"], "(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"],
  [
    [
      "hf_",
      "npm_",
      "gsk_",
      "r8_",
      "fw_",
      "ghp_",
      "gho_",
      "ghu_",
      "ghs_",
      "ghr_",
      "glsa_",
      "glc_",
      "phc_",
      "phx_",
      "tfp_",
    ],
    "(?:hf|npm|gsk|r8|fw|gh[pousr]|glsa|glc|ph[cx]|tfp)_[A-Za-z0-9]{16,}(?:_[A-Za-z0-9]{6,})?",
  ],
  [["api_org_", "sntrys_", "sntryu_", "figd_"], "(?:api_org|sntrys|sntryu|figd)_[A-Za-z0-9_-]{20,}"],
  [["github_pat_", "dckr_pat_", "lsv2_", "pcsk_"], "(?:github_pat|dckr_pat|lsv2_(?:pt|sk)|pcsk)_[A-Za-z0-9_-]{20,}"],
  [
    ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-", "glsoat-", "glimt-", "glagent-"],
    "gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent)-[A-Za-z0-9_.-]{16,}",
  ],
  [
    ["pplx-", "xai-", "nvapi-", "pypi-", "csk-", "pul-", "tskey-", "nrak-", "pmak-"],
    "(?:pplx|xai|nvapi|pypi|csk|pul|tskey|NRAK|PMAK)-[A-Za-z0-9_-]{20,}",
  ],
  [["xox", "xapp-"], "(?:xox[abceoprs]|xapp)[.-][A-Za-z0-9_.-]{16,}"],
  [["sg."], "SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}"],
  [["shpat_", "shpca_", "shppa_", "shpss_"], "shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}"],
  [["dop_v1_", "doo_v1_", "dor_v1_", "wandb_v1_"], "(?:do[opr]|wandb)_v1_[A-Za-z0-9_]{20,}"],
  [
    [
      "lin_api_",
      "ntn_",
      "secret_",
      "rubygems_",
      "sbp_",
      "sb_secret_",
      "loam_",
      "sgp_",
      "pnu_",
      "vercel_",
      "hvs.",
      "hvb.",
      "dp.",
      "hrku-",
    ],
    "(?:lin_api_|ntn_|secret_|rubygems_|sbp_|sb_secret_|loam_|sgp_|pnu_|vercel_|hv[sb]\\.|dp\\.(?:pt|st|ct|sa|scim|audit)\\.|HRKU-)(?=[A-Za-z_-]{0,60}\\d)[A-Za-z0-9_-]{32,}",
  ],
  [["pscale_"], "pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}"],
  [["gocspx-"], "GOCSPX-[A-Za-z0-9_-]{20,}"],
  [["atatt3", "atbb"], "(?:ATATT3|ATBB)[A-Za-z0-9_=.-]{20,}"],
  [["eaaa"], "EAAA(?=[A-Za-z_-]{0,60}\\d)[A-Za-z0-9_-]{56,}"],
  [["sq0"], "sq0(?:csp|atp|idp)-[A-Za-z0-9_-]{20,}"],
  [["dt0c01."], "dt0c01\\.[A-Z0-9]{20,}\\.[A-Z0-9]{40,}"],
  [[".atlasv1."], "[A-Za-z0-9]{10,20}\\.atlasv1\\.[A-Za-z0-9_-]{40,}"],
  [["pat"], "pat[A-Za-z0-9]{14}\\.[0-9a-f]{40,}"],
  [["8q~", "7q~"], "[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,40}"],
  [["akia", "asia", "aroa", "abia", "acca"], "A(?:KIA|SIA|ROA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])"],
  [["aiza"], "AIza[A-Za-z0-9_-]{30,}"],
  [["ya29."], "ya29\\.[A-Za-z0-9_-]{20,}"],
  [["eyj"], "eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*)?"],
  [["dapi"], "dapi[0-9a-f]{32}(?:-\\d)?"],
  // Telegram: the bot's number, a colon, 35 characters.
  [[], "(?:bot)?\\d{8,10}:[A-Za-z0-9_-]{34,36}(?![A-Za-z0-9_-])"],
  // Discord: the bot's number in base64, a time, a signature.
  [[], "[MNO][A-Za-z0-9]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}(?![A-Za-z0-9_-])"],
  [["age-secret-key-"], "AGE-SECRET-KEY-1[A-Z0-9]{40,}"],
  // Twilio: account and key ids; the key's own secret has no form.
  [["sk", "ac"], "(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])"],
  [["key-"], "key-[0-9a-f]{32}(?![0-9a-f])"],
  [["-us"], "[0-9a-f]{32}-us\\d{1,2}(?!\\d)"],
];

/** Tokens that say themselves what they are. */
export const tokenRules: SecretRule[] = rows.map(([hints, pattern]) => ({
  hints,
  pattern: new RegExp(start + pattern, "g"),
}));

/** Whole blocks, and addresses that whoever knows them may write to. */
export const blockRules: SecretRule[] = [
  {
    hints: ["private key"],
    spansLines: true,
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-(?!----)[^-]*){0,20}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
    isSecret: ({ value }) => /[A-Za-z0-9+/=]{16}/.test(value),
  },
  {
    hints: ["private-lines"],
    spansLines: true,
    pattern: /(Private-Lines: \d{1,4}\s{1,2})[A-Za-z0-9+/=\s]{16,}?(?=Private-MAC|$|\n\n)/g,
  },
  { hints: ["hooks.slack"], pattern: /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{12,}/g },
  {
    hints: ["webhooks/"],
    pattern: /(discord(?:app)?(?:\.com)?\/api(?:\/v\d{1,2})?\/webhooks\/\d{5,}\/)[A-Za-z0-9_-]{16,}/g,
  },
  { hints: ["webhook.office"], pattern: /(webhook\.office\.com\/webhookb2\/)[A-Za-z0-9@/_-]{16,}/g },
];
