CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"token_name" text NOT NULL,
	"fingerprint" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "sessions_seen_at_index" ON "sessions" USING btree ("seen_at");