CREATE TABLE "platform_chunks" (
	"position" bigserial PRIMARY KEY NOT NULL,
	"store_id" text NOT NULL,
	"store_file_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"start" integer NOT NULL,
	"text" text NOT NULL,
	"tokens" integer NOT NULL,
	"embedder" text NOT NULL,
	"embedding" "bytea" NOT NULL
);
--> statement-breakpoint
DROP INDEX "platform_objects_by_key";--> statement-breakpoint
CREATE INDEX "platform_chunks_by_file" ON "platform_chunks" USING btree ("store_file_id","ordinal");--> statement-breakpoint
CREATE INDEX "platform_chunks_by_store" ON "platform_chunks" USING btree ("store_id");--> statement-breakpoint
CREATE UNIQUE INDEX "platform_objects_by_key" ON "platform_objects" USING btree ("kind","project","parent_id","key") WHERE deleted_at is null;