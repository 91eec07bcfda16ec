import { buildStudio } from "../packages/studio/build-studio.ts";
import { firstLoad } from "../packages/studio/first-load.ts";
import { report } from "./measure.ts";

/** How much does a browser fetch before the Studio's first page stands? */
const { jsGzipBytes, cssGzipBytes } = firstLoad(await buildStudio((line) => console.error(line)));
report("First load of the Studio, compressed by gzip", [
  { name: "JavaScript", value: jsGzipBytes / 1000, unit: "kB", atMost: 300 },
  { name: "styles", value: cssGzipBytes / 1000, unit: "kB" },
]);
