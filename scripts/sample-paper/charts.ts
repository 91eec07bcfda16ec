import { rgb } from "pdf-lib";
import { moisture, wormCounts } from "./content.ts";
import { textPath } from "./fonts.ts";
import { clay, grey, ink, moss, type PaperBox, soil, type Typesetter } from "./typesetter.ts";

const pale = rgb(0.87, 0.85, 0.81);

/** Grouped bars; the labels are text. */
export function drawBars(set: Typesetter, [x0, y0, x1, y1]: PaperBox): void {
  const left = x0 + 24;
  const bottom = y1 - 16;
  const top = y0 + 26;
  const scale = (bottom - top) / 200;
  const small = { font: "sans" as const, sizePt: 7, color: grey };
  for (const tick of [0, 50, 100, 150, 200]) {
    const y = bottom - tick * scale;
    rule(set, left, x1, y, tick === 0 ? grey : pale, 0.5);
    set.line(String(tick), { x: left - 4, y: y + 2.4, align: "right", ...small });
  }
  set.line("worms per m²", { x: x0, y: y0 + 7, ...small });
  legend(set, x1 - 88, y0 + 7, [
    ["Spring", moss],
    ["Autumn", clay],
  ]);
  const step = (x1 - left) / wormCounts.beds.length;
  wormCounts.beds.forEach((bed, i) => {
    const middle = left + step * (i + 0.5);
    set.line(bed, { x: middle, y: bottom + 11, font: "sans", sizePt: 8, align: "center" });
    for (const [value, at, color] of [
      [wormCounts.spring[i]!, middle - 19, moss],
      [wormCounts.autumn[i]!, middle + 1, clay],
    ] as const) {
      set.page.drawRectangle({
        x: at,
        y: set.page.getHeight() - bottom,
        width: 18,
        height: value * scale,
        color,
      });
      set.line(String(value), {
        x: at + 9,
        y: bottom - value * scale - 3,
        font: "sansBold",
        sizePt: 7,
        align: "center",
      });
    }
  });
}

/** Lines over weeks; every word and number is drawn as outlines, so no text layer gives it away. */
export function drawLines(set: Typesetter, [x0, y0, x1, y1]: PaperBox): void {
  const left = x0 + 22;
  const right = x1 - 38;
  const bottom = y1 - 24;
  const top = y0 + 16;
  const px = (week: number) => left + ((week - 1) / 11) * (right - left);
  const py = (percent: number) => bottom - (percent / 35) * (bottom - top);
  set.page.drawRectangle({
    x: px(3),
    y: set.page.getHeight() - bottom,
    width: px(8) - px(3),
    height: bottom - top,
    color: rgb(0.97, 0.94, 0.87),
  });
  outlined(set, "dry spell", { x: px(5.5), y: top + 9, size: 7, color: grey, align: "center" });
  for (const tick of [0, 10, 20, 30]) {
    rule(set, left, right, py(tick), tick === 0 ? grey : pale, 0.5);
    outlined(set, String(tick), { x: left - 4, y: py(tick) + 2.4, size: 7, color: grey, align: "right" });
  }
  for (let week = 1; week <= 12; week++)
    outlined(set, String(week), { x: px(week), y: bottom + 9.5, size: 7, color: grey, align: "center" });
  outlined(set, "week", { x: (left + right) / 2, y: bottom + 20, size: 7, color: grey, align: "center" });
  outlined(set, "water content (%)", { x: x0, y: y0 + 7, size: 7, color: grey });
  const colors = { Compost: soil, Clover: moss, Bare: clay };
  for (const { name, values } of moisture) {
    const color = colors[name as keyof typeof colors];
    const path = values
      .map((value, i) => `${i === 0 ? "M" : "L"}${px(i + 1).toFixed(2)} ${py(value).toFixed(2)}`)
      .join("");
    set.page.drawSvgPath(path, { x: 0, y: set.page.getHeight(), borderColor: color, borderWidth: 1.4 });
    values.forEach((value, i) => {
      set.page.drawCircle({ x: px(i + 1), y: set.page.getHeight() - py(value), size: 1.5, color });
    });
    outlined(set, name, { x: right + 5, y: py(values.at(-1)!) + 2.6, size: 8, color });
    const lowest = Math.min(...values);
    const at = values.indexOf(lowest) + 1;
    outlined(set, lowest.toFixed(1), { x: px(at) - 3, y: py(lowest) + 10, size: 7.5, color, align: "right" });
  }
  const peak = Math.max(...moisture[0]!.values);
  const peakWeek = moisture[0]!.values.indexOf(peak) + 1;
  outlined(set, peak.toFixed(1), { x: px(peakWeek), y: py(peak) - 5, size: 7.5, color: soil, align: "center" });
}

function rule(
  set: Typesetter,
  x0: number,
  x1: number,
  y: number,
  color: ReturnType<typeof rgb>,
  thickness: number,
): void {
  const height = set.page.getHeight();
  set.page.drawLine({ start: { x: x0, y: height - y }, end: { x: x1, y: height - y }, color, thickness });
}

function legend(set: Typesetter, x: number, y: number, entries: [name: string, color: ReturnType<typeof rgb>][]): void {
  entries.forEach(([name, color], i) => {
    set.page.drawRectangle({ x: x + i * 46, y: set.page.getHeight() - y, width: 6, height: 6, color });
    set.line(name, { x: x + i * 46 + 9, y, font: "sans", sizePt: 7.5, color: ink });
  });
}

function outlined(
  set: Typesetter,
  text: string,
  {
    x,
    y,
    size,
    color,
    align = "left",
  }: { x: number; y: number; size: number; color: ReturnType<typeof rgb>; align?: "left" | "center" | "right" },
): void {
  const width = textPath(text, { x: 0, y: 0, size, font: "sans" }).endX;
  const at = align === "left" ? x : align === "center" ? x - width / 2 : x - width;
  const { path } = textPath(text, { x: at, y, size, font: "sans" });
  set.page.drawSvgPath(path, { x: 0, y: set.page.getHeight(), color, borderWidth: 0 });
}
