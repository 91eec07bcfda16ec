CREATE TABLE "catalogue_feedback" (
	"catalogue_id" text NOT NULL,
	"reader" text NOT NULL,
	"item" text NOT NULL,
	"kind" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "catalogue_feedback_catalogue_id_reader_item_pk" PRIMARY KEY("catalogue_id","reader","item")
);
--> statement-breakpoint
CREATE TABLE "catalogue_items" (
	"catalogue_id" text NOT NULL,
	"version" integer NOT NULL,
	"ordinal" integer NOT NULL,
	"item_count" integer NOT NULL,
	"items" "bytea" NOT NULL,
	CONSTRAINT "catalogue_items_catalogue_id_version_ordinal_pk" PRIMARY KEY("catalogue_id","version","ordinal")
);
--> statement-breakpoint
CREATE TABLE "catalogue_maps" (
	"catalogue_id" text NOT NULL,
	"version" integer NOT NULL,
	"method" text NOT NULL,
	"rows" "bytea" NOT NULL,
	"points" "bytea" NOT NULL,
	"labels" jsonb NOT NULL,
	CONSTRAINT "catalogue_maps_catalogue_id_version_method_pk" PRIMARY KEY("catalogue_id","version","method")
);
--> statement-breakpoint
CREATE TABLE "catalogue_ratings" (
	"catalogue_id" text NOT NULL,
	"reader" text NOT NULL,
	"ratings" jsonb NOT NULL,
	CONSTRAINT "catalogue_ratings_catalogue_id_reader_pk" PRIMARY KEY("catalogue_id","reader")
);
--> statement-breakpoint
CREATE TABLE "catalogue_vectors" (
	"catalogue_id" text NOT NULL,
	"version" integer NOT NULL,
	"embedder" text NOT NULL,
	"ordinal" integer NOT NULL,
	"item_count" integer NOT NULL,
	"dims" integer NOT NULL,
	"vectors" "bytea" NOT NULL,
	CONSTRAINT "catalogue_vectors_catalogue_id_version_embedder_ordinal_pk" PRIMARY KEY("catalogue_id","version","embedder","ordinal")
);
--> statement-breakpoint
CREATE TABLE "catalogues" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"file_name" text NOT NULL,
	"content_hash" text NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"item_count" integer DEFAULT 0 NOT NULL,
	"columns" jsonb NOT NULL,
	"skipped" jsonb NOT NULL,
	"ratings" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "catalogues_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "summaries" (
	"id" text PRIMARY KEY NOT NULL,
	"document_id" text NOT NULL,
	"content" jsonb NOT NULL,
	"scores" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "catalogue_feedback" ADD CONSTRAINT "catalogue_feedback_catalogue_id_catalogues_id_fk" FOREIGN KEY ("catalogue_id") REFERENCES "public"."catalogues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "catalogue_items" ADD CONSTRAINT "catalogue_items_catalogue_id_catalogues_id_fk" FOREIGN KEY ("catalogue_id") REFERENCES "public"."catalogues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "catalogue_maps" ADD CONSTRAINT "catalogue_maps_catalogue_id_catalogues_id_fk" FOREIGN KEY ("catalogue_id") REFERENCES "public"."catalogues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "catalogue_ratings" ADD CONSTRAINT "catalogue_ratings_catalogue_id_catalogues_id_fk" FOREIGN KEY ("catalogue_id") REFERENCES "public"."catalogues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "catalogue_vectors" ADD CONSTRAINT "catalogue_vectors_catalogue_id_catalogues_id_fk" FOREIGN KEY ("catalogue_id") REFERENCES "public"."catalogues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "summaries" ADD CONSTRAINT "summaries_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "catalogue_feedback_by_time" ON "catalogue_feedback" USING btree ("catalogue_id","reader","updated_at");--> statement-breakpoint
CREATE INDEX "summaries_by_document" ON "summaries" USING btree ("document_id","created_at");