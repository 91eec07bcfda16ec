CREATE TABLE "trace_words" (
	"trace_id" text PRIMARY KEY NOT NULL,
	"bits" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "traces" ADD COLUMN "changed_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "traces" ADD COLUMN "has_words" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "trace_words" ADD CONSTRAINT "trace_words_trace_id_traces_id_fk" FOREIGN KEY ("trace_id") REFERENCES "public"."traces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "traces_by_change" ON "traces" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "traces_without_words" ON "traces" USING btree ("start_us") WHERE not has_words;