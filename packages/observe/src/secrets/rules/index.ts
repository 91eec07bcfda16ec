import { commandRules } from "./commands.ts";
import { fieldRules, urlRules } from "./fields.ts";
import { withHints } from "./hints.ts";
import type { SecretRule } from "./rule.ts";
import { sentenceRules } from "./sentences.ts";
import { blockRules, tokenRules } from "./tokens.ts";

/** Tokens that say themselves what they are. */
export const findTokenRules = withHints(tokenRules);

const secretRules: SecretRule[] = [
  ...blockRules,
  ...urlRules,
  ...commandRules,
  ...fieldRules,
  ...sentenceRules,
  ...tokenRules,
];

/** Those of everything that is known of how secrets look that may find something in a text, given in lower case. */
export const findRules = withHints(secretRules);
