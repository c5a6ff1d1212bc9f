CREATE TABLE "environment_ends" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"generation" bigint NOT NULL,
	"through" bigint NOT NULL,
	"by_kind" text NOT NULL,
	"by_name" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "environment_ends_project_service_environment_pk" PRIMARY KEY("project","service","environment")
);
