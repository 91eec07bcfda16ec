import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressAssets } from "./compress-assets.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressAssets()],
  build: {
    target: "es2023",
    // `light-dark()` stays as written: rewritten for older browsers it loses the colour scheme that the theme sets.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    manifest: true,
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:4545" } },
});
