CREATE TABLE "work" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"input" jsonb NOT NULL,
	"progress" jsonb,
	"result" jsonb,
	"error" jsonb,
	"checkpoint" jsonb,
	"parent_id" text,
	"owner" text DEFAULT '' NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"asked" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"key" text,
	"lease" text,
	"leased_until" timestamp with time zone,
	"not_before" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "work_events" (
	"work_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"position" bigserial NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "work_events_work_id_seq_pk" PRIMARY KEY("work_id","seq")
);
--> statement-breakpoint
ALTER TABLE "work_events" ADD CONSTRAINT "work_events_work_id_work_id_fk" FOREIGN KEY ("work_id") REFERENCES "public"."work"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "work_to_claim" ON "work" USING btree ("kind","status","priority","created_at");--> statement-breakpoint
CREATE INDEX "work_by_parent" ON "work" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "work_by_time" ON "work" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "work_once" ON "work" USING btree ("kind","key") WHERE key is not null and status in ('queued', 'running', 'waiting');--> statement-breakpoint
CREATE INDEX "work_events_by_position" ON "work_events" USING btree ("position");