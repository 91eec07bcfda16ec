CREATE TABLE "run_artifacts" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"path" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_metrics" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"key" text NOT NULL,
	"step" bigint NOT NULL,
	"value" double precision NOT NULL,
	"time" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_texts" (
	"run_id" text NOT NULL,
	"tag" text NOT NULL,
	"step" bigint NOT NULL,
	"text" text NOT NULL,
	"time" timestamp with time zone NOT NULL,
	CONSTRAINT "run_texts_run_id_tag_step_pk" PRIMARY KEY("run_id","tag","step")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"experiment" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"params" jsonb NOT NULL,
	"summary" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"progress" jsonb,
	"error" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"heartbeat_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "run_artifacts" ADD CONSTRAINT "run_artifacts_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD CONSTRAINT "run_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_texts" ADD CONSTRAINT "run_texts_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "run_artifacts_by_path" ON "run_artifacts" USING btree ("run_id","path");--> statement-breakpoint
CREATE INDEX "run_metrics_by_key" ON "run_metrics" USING btree ("run_id","key","step");--> statement-breakpoint
CREATE INDEX "runs_by_experiment" ON "runs" USING btree ("experiment","created_at");--> statement-breakpoint
CREATE INDEX "runs_by_kind" ON "runs" USING btree ("kind","created_at");