CREATE TABLE "deployment_variables" (
	"deployment_id" text PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"revision" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "variable_revisions" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"revision" integer NOT NULL,
	"fingerprint" text NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"changed_by" text NOT NULL,
	CONSTRAINT "variable_revisions_project_service_environment_revision_pk" PRIMARY KEY("project","service","environment","revision")
);
--> statement-breakpoint
CREATE TABLE "variable_sets" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"revision" integer NOT NULL,
	CONSTRAINT "variable_sets_project_service_environment_pk" PRIMARY KEY("project","service","environment")
);
--> statement-breakpoint
CREATE TABLE "variable_values" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"name" text NOT NULL,
	"since" integer NOT NULL,
	"until" integer,
	"kind" text NOT NULL,
	"value" text,
	"sealed" jsonb,
	CONSTRAINT "variable_values_project_service_environment_name_since_pk" PRIMARY KEY("project","service","environment","name","since")
);
--> statement-breakpoint
CREATE INDEX "deployment_variables_project_service_environment_index" ON "deployment_variables" USING btree ("project","service","environment");