CREATE TABLE "kept_blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kept_files" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	CONSTRAINT "kept_files_kind_name_path_pk" PRIMARY KEY("kind","name","path")
);
--> statement-breakpoint
CREATE TABLE "kept_folders" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"info" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "kept_folders_kind_name_pk" PRIMARY KEY("kind","name")
);
--> statement-breakpoint
CREATE TABLE "sealed_values" (
	"name" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL,
	"expires_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spent_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "kept_blobs_by_use" ON "kept_blobs" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "kept_files_by_sha256" ON "kept_files" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "spent_codes_by_expiry" ON "spent_codes" USING btree ("expires_at");