CREATE TABLE "run_stretches" (
	"series" integer NOT NULL,
	"start" bigint NOT NULL,
	"low" double precision[],
	"high" double precision[],
	"odd" double precision[],
	CONSTRAINT "run_stretches_series_start_pk" PRIMARY KEY("series","start")
);
--> statement-breakpoint
ALTER TABLE "run_series" ADD COLUMN "stretch_width" bigint;--> statement-breakpoint
ALTER TABLE "run_series" ADD COLUMN "stretched_to" bigint;