CREATE TABLE "environment_gates" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"lock" jsonb,
	"lock_change" bigint,
	"pause" jsonb,
	"pause_change" bigint,
	"hold_change" bigint,
	CONSTRAINT "environment_gates_project_service_environment_pk" PRIMARY KEY("project","service","environment")
);
