CREATE TABLE "previews" (
	"repository_id" bigint NOT NULL,
	"number" integer NOT NULL,
	"repository" text NOT NULL,
	"installation_id" bigint NOT NULL,
	"phase" text NOT NULL,
	"owner_kind" text,
	"owner_name" text,
	"commit" text,
	"place" integer,
	"services" jsonb NOT NULL,
	"note" jsonb,
	"stopped" boolean NOT NULL,
	"created_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "previews_repository_id_number_pk" PRIMARY KEY("repository_id","number")
);
--> statement-breakpoint
CREATE INDEX "previews_phase_updated_at_index" ON "previews" USING btree ("phase","updated_at");