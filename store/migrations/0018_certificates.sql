CREATE TABLE "acme_accounts" (
	"directory" text PRIMARY KEY NOT NULL,
	"thumbprint" text NOT NULL,
	"sealed_key" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "certificate_orders" (
	"name" text PRIMARY KEY NOT NULL,
	"directory" text NOT NULL,
	"url" text NOT NULL,
	"sealed_key" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "certificate_places" (
	"name" text NOT NULL,
	"place" text NOT NULL,
	"source" text NOT NULL,
	"fingerprint" text,
	"not_after" timestamp (3) with time zone,
	"problem" text,
	"seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "certificate_places_name_place_pk" PRIMARY KEY("name","place")
);
--> statement-breakpoint
CREATE TABLE "certificate_status" (
	"name" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"failure" jsonb,
	"next_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "certificates" (
	"name" text PRIMARY KEY NOT NULL,
	"chain" text NOT NULL,
	"sealed_key" jsonb NOT NULL,
	"fingerprint" text NOT NULL,
	"not_before" timestamp (3) with time zone NOT NULL,
	"not_after" timestamp (3) with time zone NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL
);
