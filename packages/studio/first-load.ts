import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

interface ManifestEntry {
  file: string;
  imports?: string[];
  css?: string[];
}

export interface FirstLoad {
  /** JavaScript that the first page needs: the entry, the English texts, the page for questions, and all they import. */
  files: string[];
  jsGzipBytes: number;
  cssGzipBytes: number;
}

/** What the browser fetches before the first page of a build stands, by the build's manifest. */
export function firstLoad(dist: string): FirstLoad {
  const manifest: Record<string, ManifestEntry> = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
  const js = new Set<string>();
  const css = new Set<string>();
  const visit = (key: string) => {
    const { file, imports = [], css: styles = [] } = manifest[key]!;
    if (js.has(file)) return;
    js.add(file);
    for (const style of styles) css.add(style);
    imports.forEach(visit);
  };
  visit("index.html");
  visit("src/i18n/en.ts");
  visit("src/pages/ask/ask-page.tsx");
  const gzipBytes = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);
  return { files: [...js], jsGzipBytes: gzipBytes(js), cssGzipBytes: gzipBytes(css) };
}
