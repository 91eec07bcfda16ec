import type { Command, Option } from "./command.ts";

/** `ask [options] <input...>`, without the names in front. */
export function usageOf({ args }: Command): string {
  return ["[options]", ...Object.entries(args).map(([name, argument]) => argumentUsage(name, argument))].join(" ");
}

/** `<files...>`, `[prompt]`. */
export function argumentUsage(name: string, { optional, many }: { optional?: boolean; many?: boolean }): string {
  const shown = many ? `${name}...` : name;
  return optional ? `[${shown}]` : `<${shown}>`;
}

/** `-k, --count <n>`. */
export function optionFlags(name: string, option: Option<unknown>): string {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const short = option.short ? `-${option.short}, ` : "";
  return `${short}${option.value ? `${long} <${option.value}>` : long}`;
}
