import { isPlaceholder, isPlain } from "./looks.ts";
import type { Found, SecretRule } from "./rule.ts";

/** Not a variable, not the next option, not a word of the manual. */
const isGiven = ({ value }: Found) =>
  !value.startsWith("-") &&
  !/^\$\w+$/.test(value) &&
  !isPlaceholder(value) &&
  (/\d/.test(value) || (!isPlain(value) && value.length >= 6 && !/^[a-z]{1,12}$/.test(value)));

/** Programs that take a secret as an argument. */
export const commandRules: SecretRule[] = [
  {
    hints: ["wandb"],
    pattern: /((?<!\w)wandb\s{1,4}login\s{1,4}(?:--?[a-z-]{1,20}[ =]{1,2}){0,3})[A-Za-z0-9_-]{20,}/g,
    isSecret: isGiven,
  },
  {
    hints: ["sshpass"],
    pattern: /(sshpass\s{1,4}-p\s{0,4}["']?)[^\s"'`][^\s"']*/g,
    isSecret: ({ value }) => !isPlaceholder(value),
  },
  {
    hints: ["curl", "wget", "http"],
    pattern:
      /((?<!\w)(?:curl|wget|https?)\s[^\n|;&]{0,400}?(?<=\s)(?:-[a-zA-Z]{0,8}[uU]|--user|--proxy-user)[ =]{0,4}["']?)[^\s"':$<]{1,100}:[^\s"']+/g,
    isSecret: ({ value }) => !/:[$<{]|:\/\//.test(value),
  },
  {
    hints: ["mysql", "mariadb"],
    pattern: /((?<!\w)(?:mysql|mysqldump|mariadb|mysqladmin)\s[^\n|;&]{0,200}?(?<=\s)-p["']?)[^\s"']{3,}/g,
    isSecret: isGiven,
  },
  {
    hints: ["redis-cli"],
    pattern: /(redis-cli\s[^\n|;&]{0,200}?(?<=\s)(?:-a|--pass)\s{1,4}["']?)[^\s"']{3,}/g,
    isSecret: isGiven,
  },
  {
    hints: ["mongo", "login", "sqlcmd", "psql", "htpasswd", "smbclient", "ldap", "openconnect", "zip"],
    pattern:
      /((?<!\w)(?:mongo\w{0,10}|sqlcmd|(?:docker|podman|az|helm|oc|cf|heroku|npm|skopeo|crane)\s[a-z ]{0,30}login|ldap\w{2,10}|7z|unzip|zip)\s[^\n|;&]{0,200}?(?<=\s)-[pPw]\s{0,4}["']?)[^\s"'-][^\s"']{2,}/g,
    isSecret: isGiven,
  },
  { hints: ["pass:"], pattern: /((?<!\w)pass:)[^\s"'$]{4,}/g, isSecret: isGiven },
  {
    hints: ["stdin", "sudo -s", "with-token"],
    folds: true,
    pattern:
      /((?<!\w)(?:echo|printf)\s{1,4}(?:-n\s{1,4})?["']?)[^\s"'$|]{4,}(?=["']?\s{0,4}\|\s{0,4}[a-z ./-]{0,60}(?:--password-stdin|sudo -s|--with-token|--stdin))/g,
  },
  {
    hints: ["pass", "secret", "token", "key"],
    folds: true,
    pattern:
      /((?<![\w-])-{1,2}(?:d)?(?:[a-z-]{0,20}(?:password|passwd|passphrase|storepass|keypass)|pass|secret|token|[a-z-]{0,20}api[_-]?key|access[_-]?key|(?:auth|access)[_-]?token|client[_-]?secret)[ =]{1,4}["']?)[^\s"'[\]<>|,;)]{4,}/g,
    isSecret: isGiven,
  },
  {
    hints: ["identified by", "password '", 'password "', "password e'"],
    folds: true,
    pattern:
      /((?<!\w)(?:identified\s{1,4}by|(?:with\s{1,4})?(?:encrypted\s{1,4})?password)\s{1,4}e?['"])[^'"\n]{4,200}/g,
    isSecret: ({ value }) => !isPlaceholder(value) && !isPlain(value) && !/\s/.test(value),
  },
  {
    hints: ["machine", "login"],
    pattern: /((?<!\w)login\s{1,8}\S{1,100}\s{1,8}password\s{1,8})[^\s"']{4,}/g,
    isSecret: ({ value }) => /\d|[A-Z]/.test(value) && !isPlaceholder(value),
  },
  // .pgpass
  {
    hints: [":5432:", ":5433:", ":6432:", ":3306:", ":*:"],
    pattern:
      /((?<![\w:/.-])[\w.*-]{1,80}:(?:5432|5433|6432|3306|\*):[\w*-]{1,60}:[\w*.-]{1,60}:)[^\s:"',\]})]{6,100}(?=\s|$|["'])/g,
    isSecret: ({ value, before }) =>
      !/^\d+$/.test(value) && !/^[\d:.]+$/.test(before) && /[A-Za-z]/.test(value) && /\d/.test(value),
  },
];
