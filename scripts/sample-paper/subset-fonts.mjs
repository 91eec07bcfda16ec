// Makes the font subsets of the sample paper; see fonts/README.md. Needs packages that the repository does not install.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [, , packages, repository] = process.argv;
const folder = join(repository, "scripts/sample-paper");
const subsetFont = createRequire(join(packages, "package.json"))("subset-font");

const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const latin = `${ascii}·–—’“”°²−×`;
const text = readFileSync(join(folder, "content.ts"), "utf8");
const chinese = [...new Set(text.match(/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/gu))].sort().join("");

const fonts = [
  ["source-serif-4", "source-serif-4-latin-400-normal", "serif.ttf", latin],
  ["source-serif-4", "source-serif-4-latin-400-italic", "serif-italic.ttf", latin],
  ["source-serif-4", "source-serif-4-latin-600-normal", "serif-bold.ttf", latin],
  ["source-sans-3", "source-sans-3-latin-400-normal", "sans.ttf", latin],
  ["source-sans-3", "source-sans-3-latin-600-normal", "sans-bold.ttf", latin],
  ["noto-serif-sc", "noto-serif-sc-chinese-simplified-400-normal", "chinese.ttf", chinese],
  ["noto-serif-sc", "noto-serif-sc-chinese-simplified-700-normal", "chinese-bold.ttf", chinese],
];
for (const [family, file, name, characters] of fonts) {
  const whole = readFileSync(join(packages, `node_modules/@fontsource/${family}/files/${file}.woff`));
  writeFileSync(join(folder, "fonts", name), await subsetFont(whole, characters, { targetFormat: "truetype" }));
}
copyFileSync(join(packages, "node_modules/@fontsource/source-serif-4/LICENSE"), join(folder, "fonts/OFL.txt"));
