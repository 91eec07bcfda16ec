import type { Command, Option } from "./command.ts";

/** `ask [options] <input...>`, without the names in front. */
export function usageOf({ args }: Command): string {
  const words = Object.entries(args).map(([name, { optional, many }]) =>
    many ? `<${name}...>` : optional ? `[${name}]` : `<${name}>`,
  );
  return ["[options]", ...words].join(" ");
}

/** `-k, --count <n>`. */
export function optionFlags(name: string, option: Option<unknown>): string {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const short = option.short ? `-${option.short}, ` : "";
  return `${short}${option.value ? `${long} <${option.value}>` : long}`;
}
