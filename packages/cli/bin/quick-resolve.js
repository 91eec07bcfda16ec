// @ts-check
// Plain JavaScript, as bin/loam.js.
import module from "node:module";

/**
 * Resolves the imports between Loam's own files, and between those of drizzle-orm, without asking for the format of each:
 * Node reads and parses the nearest package.json for every file anew, and that of drizzle-orm has 180 kB, so that a command
 * spent up to a second there. Whatever else is imported goes Node's way, a package once for all files of the importing one.
 */
export function resolveQuickly() {
  if (!module.registerHooks) return; // before Node 22.15
  /** @type {Map<string, import("node:module").ResolveFnOutput>} */
  const packages = new Map();
  module.registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL;
      if (parent === undefined || !context.conditions.includes("import")) return next(specifier, context);
      const own = /^file:.*?\/(?:packages|@loam)\/[\w-]+\/(?:src|dist)\//.exec(parent)?.[0];
      if (specifier[0] === ".") {
        const format = formatOf(specifier, { parent, isOwn: own !== undefined });
        return format === undefined
          ? next(specifier, context)
          : { url: new URL(specifier, parent).href, format, shortCircuit: true };
      }
      if (own === undefined || specifier.startsWith("node:") || Object.keys(context.importAttributes ?? {}).length > 0)
        return next(specifier, context);
      const key = `${own} ${specifier}`;
      const known = packages.get(key);
      if (known) return { ...known, shortCircuit: true };
      const found = next(specifier, context);
      packages.set(key, found);
      return found;
    },
  });
}

/**
 * @param {string} specifier
 * @param {{ parent: string, isOwn: boolean }} importer
 * @returns {string | undefined} undefined where only Node can tell.
 */
function formatOf(specifier, { parent, isOwn }) {
  if (specifier.endsWith(".ts")) return isOwn && parent.endsWith(".ts") ? "module-typescript" : undefined;
  if (!specifier.endsWith(".js") || !parent.endsWith(".js")) return undefined;
  return isOwn || parent.includes("/node_modules/drizzle-orm/") ? "module" : undefined;
}
