import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** Moss: what is alive, chosen or to be clicked. */
const moss: MantineColorsTuple = [
  "#f2f6ec",
  "#e3ebd8",
  "#c8d8b4",
  "#abc48e",
  "#92b370",
  "#7b9f57",
  "#628643",
  "#4d6c33",
  "#3d5629",
  "#2c3e1e",
];
/** Clay: figures, and what needs a look. */
const clay: MantineColorsTuple = [
  "#fbf1ea",
  "#f4dfd0",
  "#e9bd9d",
  "#dd9968",
  "#d27d44",
  "#bf6730",
  "#a04f20",
  "#85421c",
  "#6a3719",
  "#4d2812",
];
/** Water: text boxes and quiet information. */
const water: MantineColorsTuple = [
  "#edf5f7",
  "#d8e8ec",
  "#b0d1da",
  "#84b8c6",
  "#5fa0b2",
  "#44889b",
  "#337386",
  "#265d6d",
  "#1c4956",
  "#12343e",
];
const soil: MantineColorsTuple = [
  "#ece8de",
  "#d3cdbf",
  "#b0a999",
  "#7d7668",
  "#544e43",
  "#3d3830",
  "#2d2923",
  "#211e19",
  "#1a1814",
  "#12100d",
];
const stone: MantineColorsTuple = [
  "#faf9f5",
  "#f3f1ea",
  "#e8e5db",
  "#d9d5c8",
  "#c3beae",
  "#9a9483",
  "#686354",
  "#56524a",
  "#3c3931",
  "#26241f",
];

const chinese = '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC"';

export const theme = createTheme({
  respectReducedMotion: true,
  colors: { moss, clay, water, dark: soil, gray: stone },
  primaryColor: "moss",
  primaryShade: { light: 7, dark: 7 },
  black: "#211e19",
  fontFamily: `"Source Sans 3 Variable", ${chinese}, system-ui, sans-serif`,
  fontFamilyMonospace: `ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", ${chinese}, monospace`,
  headings: {
    fontFamily: `"Bricolage Grotesque Variable", ${chinese}, system-ui, sans-serif`,
    fontWeight: "650",
    sizes: { h1: { fontSize: "2rem", lineHeight: "1.15" }, h2: { fontSize: "1.25rem" }, h3: { fontSize: "1.05rem" } },
  },
  fontSizes: { xs: "0.8125rem", sm: "0.9rem", md: "1rem", lg: "1.125rem", xl: "1.25rem" },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--loam-sidebar": "#232a1c", "--loam-sidebar-text": "#e9ecdf", "--loam-sidebar-dim": "#b4bda3" },
  light: {
    "--mantine-color-body": "#faf9f5",
    "--loam-surface": "#ffffff",
    "--loam-line": "#e3dfd3",
    "--loam-desk": "#ebe8de",
    "--loam-text-box": "#337386",
    "--loam-figure-box": "#a04f20",
    "--loam-highlight": "#e0a800",
    "--mantine-color-anchor": "#4d6c33",
    "--mantine-color-dimmed": "#686354",
    "--mantine-color-placeholder": "#767163",
  },
  dark: {
    "--mantine-color-body": "#1a1814",
    "--loam-surface": "#23201b",
    "--loam-line": "#3a352d",
    "--loam-desk": "#13110e",
    "--loam-text-box": "#44889b",
    "--loam-figure-box": "#d27d44",
    "--loam-highlight": "#f2c230",
    "--mantine-color-anchor": "#abc48e",
    "--mantine-color-dimmed": "#b0a999",
    "--mantine-color-placeholder": "#968f80",
  },
});
