CREATE TABLE "evaluation_cells" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"run" text NOT NULL,
	"key" text NOT NULL,
	"cell" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evaluation_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"dataset" text,
	"record" jsonb NOT NULL,
	"results" text,
	"work_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "evaluation_cells" ADD CONSTRAINT "evaluation_cells_run_evaluation_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."evaluation_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "evaluation_cells_by_run" ON "evaluation_cells" USING btree ("run","seq");--> statement-breakpoint
CREATE INDEX "evaluation_cells_by_key" ON "evaluation_cells" USING btree ("key");--> statement-breakpoint
CREATE INDEX "evaluation_runs_by_time" ON "evaluation_runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "evaluation_runs_by_work" ON "evaluation_runs" USING btree ("work_id");