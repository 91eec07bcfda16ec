CREATE TABLE "team_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"note" text NOT NULL,
	"code_digest" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "team_members" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"hint" text NOT NULL,
	"key_digest" text NOT NULL,
	"session_digest" text NOT NULL,
	"seen_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "team_invitations_by_code" ON "team_invitations" USING btree ("code_digest");--> statement-breakpoint
CREATE UNIQUE INDEX "team_members_by_key" ON "team_members" USING btree ("key_digest");--> statement-breakpoint
CREATE UNIQUE INDEX "team_members_by_session" ON "team_members" USING btree ("session_digest");