CREATE TABLE "watched_files" (
	"path" text PRIMARY KEY NOT NULL,
	"folder" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"mtime_ms" double precision NOT NULL,
	"document_id" text,
	"is_owned" boolean NOT NULL,
	"problem" text
);
--> statement-breakpoint
ALTER TABLE "watched_files" ADD CONSTRAINT "watched_files_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "watched_files_by_document" ON "watched_files" USING btree ("document_id");--> statement-breakpoint
CREATE INDEX "watched_files_by_folder" ON "watched_files" USING btree ("folder");