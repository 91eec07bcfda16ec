import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes `docs/licences.md`: every package that is installed with Loam, by licence, from the lock file.
 * `--check` writes nothing and fails when the page is out of date or a licence is not one of those allowed.
 */
const root = join(import.meta.dirname, "..");
const page = join(root, "docs/licences.md");

/** Licences that may be installed, with what they ask beyond a notice. */
const allowed: Record<string, string> = {
  MIT: "",
  "Apache-2.0": "",
  ISC: "",
  "BSD-2-Clause": "",
  "BSD-3-Clause": "",
  "0BSD": "",
  BSD: "",
  Zlib: "",
  "BlueOak-1.0.0": "",
  "CC0-1.0": "",
  "Python-2.0": "",
  "PSF-2.0": "",
  "MIT-0": "",
  Unlicense: "",
  "MPL-2.0": "weak copyleft by file: used unchanged, as a package of its own",
  "LGPL-3.0-or-later": "weak copyleft: libvips, a shared library that can be replaced, behind sharp",
};

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
const byLicence = new Map<string, Set<string>>();
for (const [path, { version, license = "none named", dev, link }] of Object.entries(lock.packages)) {
  const name = path.split("node_modules/").at(-1)!;
  if (dev || link || !path.includes("node_modules/")) continue;
  byLicence.set(license, (byLicence.get(license) ?? new Set()).add(`${name} ${version}`));
}

const unknown = [...byLicence].filter(([licence]) => !isAllowed(licence));
const text = [
  "# Licences of what is installed",
  "",
  "Written by `npm run licences` from `package-lock.json`; `npm run check` fails when it is out of date. Loam itself is Apache-2.0.",
  "A software bill of materials in CycloneDX is printed by `npm run sbom`.",
  "",
  ...[...byLicence]
    .sort(([, a], [, b]) => b.size - a.size)
    .flatMap(([licence, packages]) => [
      `## ${licence} (${packages.size})${allowed[licence] ? `: ${allowed[licence]}` : ""}`,
      "",
      [...packages].sort().join(" · "),
      "",
    ]),
].join("\n");

if (unknown.length > 0) {
  for (const [licence, packages] of unknown) console.error(`${licence} is not allowed: ${[...packages].join(", ")}`);
  process.exitCode = 1;
} else if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
} else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/licences.md is out of date: run `npm run licences`.");
  process.exitCode = 1;
}

/** One of the alternatives of an SPDX expression, with all that it joins by `AND`, is allowed. */
function isAllowed(licence: string): boolean {
  return licence
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((part) => part in allowed));
}
