CREATE TABLE "run_points" (
	"series" integer NOT NULL,
	"step" bigint NOT NULL,
	"time_ms" bigint NOT NULL,
	"value" double precision NOT NULL,
	CONSTRAINT "run_points_series_step_time_ms_value_pk" PRIMARY KEY("series","step","time_ms","value")
);
--> statement-breakpoint
CREATE TABLE "run_series" (
	"id" serial PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"key" text NOT NULL,
	"step" bigint NOT NULL,
	"time_ms" bigint NOT NULL,
	"value" double precision NOT NULL,
	"min" double precision,
	"max" double precision
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "external_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "origin" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "provider" text;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "cache_read_tokens" integer;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "cache_write_tokens" integer;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "reasoning_tokens" integer;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "project" text DEFAULT 'default' NOT NULL;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "session_id" text;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "user_id" text;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "tags" jsonb;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "metadata" jsonb;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "dialect" text;--> statement-breakpoint
ALTER TABLE "spans" ADD COLUMN "origin" jsonb;--> statement-breakpoint
ALTER TABLE "run_series" ADD CONSTRAINT "run_series_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "run_series_by_run" ON "run_series" USING btree ("run_id","key");--> statement-breakpoint
CREATE INDEX "run_series_by_key" ON "run_series" USING btree ("key","value");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_by_external_id" ON "runs" USING btree ("experiment","external_id");--> statement-breakpoint
CREATE INDEX "spans_by_project" ON "spans" USING btree ("project","start_us");--> statement-breakpoint
CREATE INDEX "spans_by_id" ON "spans" USING btree ("span_id");--> statement-breakpoint
INSERT INTO "run_series" ("run_id", "key", "step", "time_ms", "value", "min", "max")
SELECT DISTINCT ON (m."run_id", m."key") m."run_id", m."key", m."step", (extract(epoch from m."time") * 1000)::bigint, m."value",
  (SELECT min(x."value") FROM "run_metrics" x WHERE x."run_id" = m."run_id" AND x."key" = m."key" AND x."value" NOT IN ('NaN', 'Infinity', '-Infinity')),
  (SELECT max(x."value") FROM "run_metrics" x WHERE x."run_id" = m."run_id" AND x."key" = m."key" AND x."value" NOT IN ('NaN', 'Infinity', '-Infinity'))
FROM "run_metrics" m ORDER BY m."run_id", m."key", m."step" DESC, m."seq" DESC;
--> statement-breakpoint
INSERT INTO "run_points" ("series", "step", "time_ms", "value")
SELECT s."id", m."step", (extract(epoch from m."time") * 1000)::bigint, m."value" FROM "run_metrics" m
JOIN "run_series" s ON s."run_id" = m."run_id" AND s."key" = m."key" ON CONFLICT DO NOTHING;
