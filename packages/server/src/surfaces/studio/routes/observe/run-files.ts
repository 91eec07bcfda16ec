import { ArgumentError } from "@loam/core";
import { allPointsOf, exportTensorboard, importTensorboard, pointsToCsv, pointsToParquet } from "@loam/observe";
import { readMultipart } from "../../../../http/read-multipart.ts";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { one } from "../../../mlflow/runs.ts";
import { show, shown } from "./runs.ts";

const maxImportBytes = 1024 ** 3;

/** Event files in, and runs out in other formats. */
export function runFileRoutes({ store }: Services) {
  const app = router();
  app.post("/runs/import", async (c) => {
    const format = c.req.query("format") ?? "tensorboard";
    if (format !== "tensorboard") throw new ArgumentError("format", format, "tensorboard");
    const experiment = c.req.query("experiment") || "tensorboard";
    const parts = await readMultipart(c.req.raw, { maxBytes: maxImportBytes });
    const logs = parts
      .filter(({ filename }) => filename !== undefined)
      .map(({ filename, bytes }) => ({ path: filename!.replaceAll("\\", "/").replace(/^(\.\/)+/, ""), bytes }));
    return c.json({ runs: await importTensorboard(store, logs, experiment) }, 201);
  });
  app.get("/runs/:id/export", async (c) => {
    const run = await one(store, c.req.param("id"));
    const format = c.req.query("format") ?? "json";
    const name = `${run.name.replace(/[^\w.-]+/g, "_").slice(0, 80) || "run"}`;
    const attach = (type: string, ending: string) => ({
      "content-type": type,
      "content-disposition": `attachment; filename="${name}.${ending}"`,
    });
    switch (format) {
      case "tensorboard": {
        const bytes = await exportTensorboard(store, run.id);
        const file = `events.out.tfevents.${Math.floor((run.startedAt ?? run.createdAt).getTime() / 1000)}.loam`;
        return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${file}"`,
        });
      }
      case "json": {
        const [shownRun] = await show(store, [run]);
        const points = (await allPointsOf(store, run.id)).map((point) => ({ ...point, value: shown(point.value) }));
        return c.json({ ...shownRun, points }, 200, attach("application/json", "json"));
      }
      case "csv":
        return c.body(pointsToCsv(await allPointsOf(store, run.id)), 200, attach("text/csv; charset=utf-8", "csv"));
      case "parquet": {
        const bytes = pointsToParquet(await allPointsOf(store, run.id)) as Uint8Array<ArrayBuffer>;
        return c.body(bytes, 200, attach("application/vnd.apache.parquet", "parquet"));
      }
      default:
        throw new ArgumentError("format", format, "tensorboard, csv, parquet or json");
    }
  });
  return app;
}
