CREATE TABLE "program_versions" (
	"version" text PRIMARY KEY NOT NULL,
	"workflows" text NOT NULL,
	"needs" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
