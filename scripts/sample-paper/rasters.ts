import { Rng } from "@loam/core";
import sharp from "sharp";
import { notebook, stake } from "./content.ts";
import { textPath } from "./fonts.ts";

/** The raster pictures of the paper, as JPEG. */
export interface Rasters {
  photo: Uint8Array;
  scan: Uint8Array;
}

export async function drawRasters(): Promise<Rasters> {
  return { photo: await drawPhoto(), scan: await drawScan() };
}

/** A garden bed in morning light: soil and straw from noise, plants, a worm and a wooden stake with writing. */
async function drawPhoto(): Promise<Uint8Array> {
  const [width, height] = [960, 660];
  const rng = new Rng(7);
  const leaf = (x: number, y: number, length: number, lean: number, color: string) =>
    `<path d="M${x} ${y} C${x + lean * 0.2} ${y - length * 0.5} ${x + lean * 0.6} ${y - length * 0.8} ${x + lean} ${y - length}
      C${x + lean * 0.7} ${y - length * 0.6} ${x + lean * 0.4 + 12} ${y - length * 0.3} ${x + 10} ${y} Z" fill="${color}"/>`;
  const leeks: string[] = [];
  for (const [row, y, size] of [
    [0, 330, 110],
    [1, 430, 170],
    [2, 585, 250],
  ] as const) {
    for (let i = 0; i < 9 - row * 2; i++) {
      const x = (i + 0.5) * (width / (9 - row * 2)) + rng.uniform() * 30 - 15;
      if (row === 2 && x > 380 && x < 760) continue;
      for (const lean of [-0.45, -0.2, 0.05, 0.25, 0.5]) {
        const green = 90 + Math.round(rng.uniform() * 60);
        leeks.push(
          leaf(
            x,
            y,
            size * (0.75 + rng.uniform() * 0.4),
            lean * size,
            `rgb(${green - 40},${green + 20},${green - 30})`,
          ),
        );
      }
    }
  }
  const writing = stake
    .map((text, i) => {
      const { endX } = textPath(text, { x: 0, y: 0, size: 44, font: "sansBold" });
      return `<path d="${textPath(text, { x: 570 - endX / 2, y: 372 + i * 52, size: 44, font: "sansBold" }).path}" fill="#2b1c12"/>`;
    })
    .join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8fb4cc"/><stop offset="1" stop-color="#f4e3c1"/></linearGradient>
      <linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8a6a4c"/><stop offset="1" stop-color="#3d2a1c"/></linearGradient>
      <linearGradient id="wood" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#c79a63"/><stop offset="0.5" stop-color="#e2bd87"/><stop offset="1" stop-color="#b98b55"/></linearGradient>
      <radialGradient id="light" cx="0.2" cy="0.1" r="1"><stop offset="0" stop-color="#fff3cf" stop-opacity="0.55"/><stop offset="1" stop-color="#000" stop-opacity="0.18"/></radialGradient>
      <filter id="crumbs" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="0.045 0.07" numOctaves="4" seed="3"/>
        <feColorMatrix values="0 0 0 0 0.12  0 0 0 0 0.07  0 0 0 0 0.03  1.6 0 0 0 -0.62"/></filter>
      <filter id="soft"><feGaussianBlur stdDeviation="7"/></filter>
      <filter id="far"><feGaussianBlur stdDeviation="3"/></filter>
    </defs>
    <rect width="${width}" height="${height}" fill="url(#sky)"/>
    <g filter="url(#far)"><path d="M0 190 C120 120 220 165 330 140 C470 105 560 170 690 130 C800 100 880 150 960 120 L960 270 L0 270 Z" fill="#7e9a6b"/>
      <path d="M0 225 C180 190 300 230 480 205 C650 185 800 225 960 195 L960 290 L0 290 Z" fill="#5f7f4d"/></g>
    <rect y="245" width="${width}" height="${height - 245}" fill="url(#ground)"/>
    <rect y="245" width="${width}" height="${height - 245}" filter="url(#crumbs)"/>
    ${leeks.slice(0, 80).join("")}
    <ellipse cx="585" cy="640" rx="190" ry="20" fill="#1c120b" opacity="0.5" filter="url(#soft)"/>
    <rect x="545" y="520" width="50" height="125" fill="#a77a48"/>
    <rect x="430" y="318" width="280" height="226" rx="12" fill="url(#wood)" stroke="#8a6238" stroke-width="4"/>
    <path d="M440 352 C520 346 620 358 700 350 M440 428 C540 436 600 422 700 430 M440 500 C500 494 640 508 700 502" stroke="#a97c49" stroke-width="2" fill="none" opacity="0.6"/>
    ${writing}
    ${leeks.slice(80).join("")}
    <path d="M170 622 C200 590 235 640 275 610 C300 592 320 606 338 598" stroke="#1c120b" stroke-width="17" fill="none" stroke-linecap="round" opacity="0.35" transform="translate(3 7)"/>
    <path d="M170 622 C200 590 235 640 275 610 C300 592 320 606 338 598" stroke="#c98476" stroke-width="15" fill="none" stroke-linecap="round"/>
    <path d="M172 618 C202 588 236 635 276 606" stroke="#e6b3a6" stroke-width="4" fill="none" stroke-linecap="round"/>
    <rect width="${width}" height="${height}" fill="url(#light)"/>
  </svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 3) {
    const grain = (rng.uniform() - 0.5) * 9;
    for (let channel = 0; channel < 3; channel++) data[i + channel] = clampByte(data[i + channel]! + grain);
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .jpeg({ quality: 78 })
    .toBuffer();
}

/** An A4 leaf at 150 dpi from a tired scanner: askew, uneven, a little noisy. */
async function drawScan(): Promise<Uint8Array> {
  const [width, height] = [1240, 1754];
  const rng = new Rng(11);
  let y = 250;
  const rulings: string[] = [];
  const lines = notebook.map((text, i) => {
    const size = i === 0 ? 38 : 33;
    y += text === "" ? 40 : 64;
    if (text !== "") rulings.push(`<path d="M110 ${y + 14}H1130" stroke="#b9b4a8" stroke-width="1.5"/>`);
    return text === "" ? "" : textPath(text, { x: 170, y, size, font: i === 0 ? "serifBold" : "serif" }).path;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><radialGradient id="paper" cx="0.45" cy="0.4" r="0.9"><stop offset="0" stop-color="#f7f4ec"/><stop offset="1" stop-color="#d5cfc2"/></radialGradient>
      <radialGradient id="damp"><stop offset="0.7" stop-color="#8a7a5c" stop-opacity="0.05"/><stop offset="0.95" stop-color="#8a7a5c" stop-opacity="0.28"/><stop offset="1" stop-color="#8a7a5c" stop-opacity="0"/></radialGradient></defs>
    <rect width="${width}" height="${height}" fill="#6f6a62"/>
    <g transform="rotate(-1.1 620 877)">
      <rect x="48" y="60" width="1150" height="1640" fill="url(#paper)"/>
      <g opacity="0.7">${rulings.join("")}</g>
      <circle cx="960" cy="1440" r="150" fill="url(#damp)"/>
      <circle cx="84" cy="480" r="17" fill="#6f6a62"/><circle cx="84" cy="1280" r="17" fill="#6f6a62"/>
      <path d="${lines.join("")}" fill="#2d2a33"/>
      <path d="M170 ${y + 48} q30 -14 60 0 t60 0 t60 0 t60 0" stroke="#2d2a33" stroke-width="3" fill="none"/>
    </g></svg>`;
  const { data } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .blur(0.7)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i++) data[i] = clampByte(data[i]! + (rng.uniform() + rng.uniform() - 1) * 14);
  return sharp(data, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 52 })
    .toBuffer();
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
