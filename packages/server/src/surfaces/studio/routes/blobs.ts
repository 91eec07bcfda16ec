import { readBlob } from "@loam/observe";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";

/** Types that a browser may show; everything else is a download. */
const shown = /^(image\/(png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** Bytes that were taken out of spans, by their hash. */
export function blobRoutes({ store }: Services) {
  return router().get("/blobs/:sha256", async (c) => {
    const type = c.req.query("type") ?? "";
    const safe = shown.test(type) ? type : "application/octet-stream";
    return c.body(await readBlob(store, c.req.param("sha256")), 200, {
      "content-type": safe,
      "cache-control": "private, max-age=31536000, immutable",
      "content-security-policy": "sandbox",
      ...(safe === type ? {} : { "content-disposition": "attachment" }),
    });
  });
}
