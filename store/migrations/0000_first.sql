CREATE TABLE "audit_events" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"commit" text,
	"digest" text,
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "build_states" (
	"build_id" text NOT NULL,
	"state" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "build_states_build_id_state_pk" PRIMARY KEY("build_id","state")
);
--> statement-breakpoint
CREATE TABLE "build_status" (
	"build_id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"host" text,
	"builder" text,
	"image" text,
	"digest" text,
	"tags" jsonb,
	"failure" jsonb,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "builds" (
	"id" text PRIMARY KEY NOT NULL,
	"release_id" text NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"commit" text NOT NULL,
	"settings_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"app_id" bigint NOT NULL,
	"delivery_id" text NOT NULL,
	"event" text NOT NULL,
	"action" text,
	"repository" text,
	"ref" text,
	"trigger" jsonb,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"received_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"handed_over_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_app_id_delivery_id_pk" PRIMARY KEY("app_id","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "deployment_status" (
	"deployment_id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"generation" integer,
	"git_hub_deployment_id" bigint,
	"urls" jsonb,
	"health_attempts" integer,
	"failure" jsonb,
	"leftovers" jsonb,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deployment_steps" (
	"deployment_id" text NOT NULL,
	"step" text NOT NULL,
	"place" text NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"detail" text,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "deployment_steps_deployment_id_step_place_pk" PRIMARY KEY("deployment_id","step","place")
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"release_id" text NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"sequence" integer NOT NULL,
	"by_name" boolean NOT NULL,
	"ref" text NOT NULL,
	"commit" text NOT NULL,
	"subject" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_name" text NOT NULL,
	"image" text NOT NULL,
	"digest" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "environment_live" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"live" jsonb NOT NULL,
	"previous" jsonb,
	"since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "environment_live_project_service_environment_pk" PRIMARY KEY("project","service","environment")
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"settings" jsonb NOT NULL,
	"branch" text NOT NULL,
	"auto_deploy" boolean NOT NULL,
	"production" boolean NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "environments_project_service_environment_pk" PRIMARY KEY("project","service","environment")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"build_id" text PRIMARY KEY NOT NULL,
	"image" text NOT NULL,
	"digest" text NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"commit" text NOT NULL,
	"settings_hash" text NOT NULL,
	"builder" text NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "installations" (
	"id" bigint PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"name" text PRIMARY KEY NOT NULL,
	"repository_id" bigint,
	"clone_url" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "one_source" CHECK (("projects"."repository_id" is null) <> ("projects"."clone_url" is null))
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" text PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"sequence" integer NOT NULL,
	"request_key" text NOT NULL,
	"ref" text NOT NULL,
	"commit" text NOT NULL,
	"subject" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_name" text NOT NULL,
	"by_name" boolean NOT NULL,
	"input" jsonb NOT NULL,
	"state" text NOT NULL,
	"failure" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" bigint PRIMARY KEY NOT NULL,
	"full_name" text NOT NULL,
	"default_branch" text NOT NULL,
	"clone_url" text NOT NULL,
	"private" boolean NOT NULL,
	"installation_id" bigint NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "services" (
	"project" text NOT NULL,
	"service" text NOT NULL,
	"branch" text NOT NULL,
	"declared" boolean NOT NULL,
	"settings" jsonb,
	"last_sequence" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "services_project_service_pk" PRIMARY KEY("project","service")
);
--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_service" FOREIGN KEY ("project","service") REFERENCES "public"."services"("project","service") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_installation_id_installations_id_fk" FOREIGN KEY ("installation_id") REFERENCES "public"."installations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_project_projects_name_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_at_index" ON "audit_events" USING btree ("at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_events_subject_at_index" ON "audit_events" USING btree ("subject","at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "builds_release_id_index" ON "builds" USING btree ("release_id");--> statement-breakpoint
CREATE INDEX "builds_project_service_commit_index" ON "builds" USING btree ("project","service","commit");--> statement-breakpoint
CREATE INDEX "builds_created_at_index" ON "builds" USING btree ("created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deliveries_received_at_index" ON "deliveries" USING btree ("received_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deliveries_waiting" ON "deliveries" USING btree ("next_attempt_at") WHERE "deliveries"."state" = 'received';--> statement-breakpoint
CREATE INDEX "deployment_status_state_index" ON "deployment_status" USING btree ("state");--> statement-breakpoint
CREATE INDEX "deployments_release_id_index" ON "deployments" USING btree ("release_id");--> statement-breakpoint
CREATE INDEX "deployments_project_service_environment_created_at_index" ON "deployments" USING btree ("project","service","environment","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deployments_created_at_index" ON "deployments" USING btree ("created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "images_digest_index" ON "images" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "images_project_service_commit_index" ON "images" USING btree ("project","service","commit");--> statement-breakpoint
CREATE UNIQUE INDEX "releases_project_service_sequence_index" ON "releases" USING btree ("project","service","sequence");--> statement-breakpoint
CREATE UNIQUE INDEX "releases_request_key_project_service_index" ON "releases" USING btree ("request_key","project","service");--> statement-breakpoint
CREATE INDEX "releases_project_service_ref_sequence_index" ON "releases" USING btree ("project","service","ref","sequence" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "releases_created_at_index" ON "releases" USING btree ("created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "repositories_full_name_index" ON "repositories" USING btree ("full_name");