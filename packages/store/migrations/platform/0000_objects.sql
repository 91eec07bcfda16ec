CREATE TABLE "platform_objects" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"project" text DEFAULT '' NOT NULL,
	"parent_id" text DEFAULT '' NOT NULL,
	"position" bigserial NOT NULL,
	"key" text,
	"status" text DEFAULT '' NOT NULL,
	"metadata" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "platform_objects_in_order" ON "platform_objects" USING btree ("kind","project","parent_id","position");--> statement-breakpoint
CREATE INDEX "platform_objects_by_parent" ON "platform_objects" USING btree ("parent_id","kind");--> statement-breakpoint
CREATE INDEX "platform_objects_to_expire" ON "platform_objects" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "platform_objects_by_status" ON "platform_objects" USING btree ("kind","status");--> statement-breakpoint
CREATE UNIQUE INDEX "platform_objects_by_key" ON "platform_objects" USING btree ("kind","project","parent_id","key");