CREATE TABLE "extracted_documents" (
	"extraction_id" text NOT NULL,
	"document_id" text NOT NULL,
	CONSTRAINT "extracted_documents_extraction_id_document_id_pk" PRIMARY KEY("extraction_id","document_id")
);
--> statement-breakpoint
CREATE TABLE "extracted_rows" (
	"extraction_id" text NOT NULL,
	"document_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"cells" jsonb NOT NULL,
	"corrections" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"reviewed_at" timestamp with time zone,
	CONSTRAINT "extracted_rows_extraction_id_document_id_ordinal_pk" PRIMARY KEY("extraction_id","document_id","ordinal")
);
--> statement-breakpoint
CREATE TABLE "extractions" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"key" text NOT NULL,
	"schema" text NOT NULL,
	"documents" jsonb NOT NULL,
	"uses_model" boolean NOT NULL,
	"finished_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "extracted_documents" ADD CONSTRAINT "extracted_documents_extraction_id_extractions_id_fk" FOREIGN KEY ("extraction_id") REFERENCES "public"."extractions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_documents" ADD CONSTRAINT "extracted_documents_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_rows" ADD CONSTRAINT "extracted_rows_extraction_id_extractions_id_fk" FOREIGN KEY ("extraction_id") REFERENCES "public"."extractions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_rows" ADD CONSTRAINT "extracted_rows_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "extractions_by_key" ON "extractions" USING btree ("key","created_at");