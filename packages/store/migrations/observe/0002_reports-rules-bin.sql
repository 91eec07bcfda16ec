CREATE TABLE "alert_notices" (
	"id" text PRIMARY KEY NOT NULL,
	"rule_id" text,
	"channel" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error" text,
	"next_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"project" text,
	"condition" jsonb NOT NULL,
	"channels" jsonb NOT NULL,
	"level" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"state" text,
	"value" double precision,
	"checked_at" timestamp with time zone,
	"changed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evaluators" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"project" text,
	"config" jsonb NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"cursor" jsonb,
	"spent_usd" double precision DEFAULT 0 NOT NULL,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry_events" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" integer,
	"action" text NOT NULL,
	"value" text,
	"comment" text,
	"author" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "report_comments" (
	"id" text PRIMARY KEY NOT NULL,
	"report_id" text NOT NULL,
	"author" text,
	"text" text NOT NULL,
	"about" text,
	"extra" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "report_versions" (
	"report_id" text NOT NULL,
	"version" integer NOT NULL,
	"title" text NOT NULL,
	"markdown" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "report_versions_report_id_version_pk" PRIMARY KEY("report_id","version")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" text PRIMARY KEY NOT NULL,
	"project" text,
	"title" text NOT NULL,
	"version" integer NOT NULL,
	"is_template" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "retention" jsonb;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "legal_hold" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "traces" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "traces" ADD COLUMN "legal_hold" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "registry_events" ADD CONSTRAINT "registry_events_name_registry_entries_name_fk" FOREIGN KEY ("name") REFERENCES "public"."registry_entries"("name") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "report_comments" ADD CONSTRAINT "report_comments_report_id_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."reports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_versions" ADD CONSTRAINT "report_versions_report_id_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."reports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alert_notices_by_time" ON "alert_notices" USING btree ("sent_at","next_at");--> statement-breakpoint
CREATE INDEX "registry_events_by_name" ON "registry_events" USING btree ("name","created_at");--> statement-breakpoint
CREATE INDEX "report_comments_by_report" ON "report_comments" USING btree ("report_id","created_at");--> statement-breakpoint
CREATE INDEX "reports_by_project" ON "reports" USING btree ("project","updated_at");--> statement-breakpoint
CREATE INDEX "traces_in_bin" ON "traces" USING btree ("deleted_at") WHERE deleted_at is not null;