import { type Element, isTag } from "domhandler";

const white =
  /(?:^|[;\s])color\s*:\s*(?:white|#fff(?:fff)?|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))\s*(?:!important\s*)?(?:;|$)/i;
const unseen =
  /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0(?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$))/i;

/** Whether nobody sees an element: taken out, without size, or white where nothing says that the ground is dark. */
export function isHidden({ attribs, name, parent }: Element): boolean {
  if ("hidden" in attribs || (name === "dialog" && !("open" in attribs))) return true;
  const { style = "" } = attribs;
  if (unseen.test(style)) return true;
  const isWhite = white.test(style) || (name === "font" && /^(?:white|#fff(?:fff)?)$/i.test(attribs.color ?? ""));
  if (!isWhite || hasGround(style, attribs)) return false;
  for (let above = parent; above && isTag(above); above = above.parent)
    if (hasGround(above.attribs.style ?? "", above.attribs) || "class" in above.attribs) return false;
  return true;
}

function hasGround(style: string, attribs: Record<string, string>): boolean {
  return /background/i.test(style) || "bgcolor" in attribs || "class" in attribs;
}
