const bullet = /^[•◦▪■□●○‣⁃∙·➢➤✓✔►▶◆◇\uf0b7\uf0a7\uf076\uf0d8]\s*/u;
const dash = /^[–—-]\s+/u;
const numbered =
  /^(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\)|(?:\d{1,3}|[a-z])\.|（[一二三四五六七八九十\d]{1,3}）|[①-⑳])\s*(?=\S)/u;
const reference = /^\[\d{1,3}\]\s*/u;

/** The bullet, number or reference mark that a line opens with; `certain` when nothing else looks like it. */
export function listMarker(text: string): { length: number; certain: boolean } | undefined {
  const sure = bullet.exec(text) ?? reference.exec(text);
  if (sure && text.length > sure[0].length) return { length: sure[0].length, certain: true };
  const maybe = dash.exec(text) ?? numbered.exec(text);
  return maybe && text.length > maybe[0].length ? { length: maybe[0].length, certain: false } : undefined;
}
