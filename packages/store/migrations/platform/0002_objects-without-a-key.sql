DROP INDEX "platform_objects_to_expire";--> statement-breakpoint
DROP INDEX "platform_objects_by_key";--> statement-breakpoint
CREATE INDEX "platform_objects_to_expire" ON "platform_objects" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "platform_objects_by_key" ON "platform_objects" USING btree ("kind","project","parent_id","key") WHERE deleted_at is null and key is not null;