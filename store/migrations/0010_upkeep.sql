CREATE TABLE "upkeep" (
	"part" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"last_error" text,
	"ran_at" timestamp (3) with time zone NOT NULL
);
