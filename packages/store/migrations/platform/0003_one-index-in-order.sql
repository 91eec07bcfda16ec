DROP INDEX "platform_objects_by_parent";--> statement-breakpoint
DROP INDEX "platform_objects_in_order";--> statement-breakpoint
CREATE INDEX "platform_objects_in_order" ON "platform_objects" USING btree ("parent_id","kind","project","position");