CREATE TABLE "evaluation_marks" (
	"run" text NOT NULL,
	"row" text NOT NULL,
	"system" text NOT NULL,
	"thumb" smallint,
	"note" text,
	"pinned" boolean DEFAULT false NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "evaluation_marks_run_row_system_pk" PRIMARY KEY("run","row","system")
);
--> statement-breakpoint
ALTER TABLE "evaluation_runs" ADD COLUMN "scores" text;--> statement-breakpoint
ALTER TABLE "evaluation_marks" ADD CONSTRAINT "evaluation_marks_run_evaluation_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."evaluation_runs"("id") ON DELETE cascade ON UPDATE no action;