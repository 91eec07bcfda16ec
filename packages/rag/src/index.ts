export type { Block, BlockKind, Box, DocumentInfo, Figure, FigureKind, Page, PageStatus } from "./document.ts";
