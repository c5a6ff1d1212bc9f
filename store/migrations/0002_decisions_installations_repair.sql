CREATE TABLE "branch_heads" (
	"repository_id" bigint NOT NULL,
	"branch" text NOT NULL,
	"commit" text,
	"since" timestamp (3) with time zone NOT NULL,
	"looked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "branch_heads_repository_id_branch_pk" PRIMARY KEY("repository_id","branch")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"request_key" text NOT NULL,
	"project" text NOT NULL,
	"service" text NOT NULL,
	"environment" text NOT NULL,
	"cause" text NOT NULL,
	"actor" text NOT NULL,
	"repository_id" bigint,
	"should_deploy" boolean NOT NULL,
	"ref" text,
	"commit" text,
	"image_tag" text,
	"version" text,
	"tag" text,
	"release_id" text,
	"reason" text,
	"detail" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "decisions_request_key_project_service_environment_pk" PRIMARY KEY("request_key","project","service","environment")
);
--> statement-breakpoint
CREATE TABLE "installation_repositories" (
	"installation_id" bigint NOT NULL,
	"repository_id" bigint NOT NULL,
	"full_name" text NOT NULL,
	"private" boolean NOT NULL,
	CONSTRAINT "installation_repositories_installation_id_repository_id_pk" PRIMARY KEY("installation_id","repository_id")
);
--> statement-breakpoint
CREATE TABLE "installation_states" (
	"installation_id" bigint PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"state" text NOT NULL,
	"permissions" jsonb,
	"every_repository" boolean,
	"read_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "redeliveries" (
	"app_id" bigint NOT NULL,
	"delivery_id" text NOT NULL,
	"git_hub_id" bigint NOT NULL,
	"event" text NOT NULL,
	"delivered_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"state" text NOT NULL,
	CONSTRAINT "redeliveries_app_id_delivery_id_pk" PRIMARY KEY("app_id","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "repair_walks" (
	"app_id" bigint PRIMARY KEY NOT NULL,
	"done_to" timestamp (3) with time zone NOT NULL,
	"from" timestamp (3) with time zone,
	"cursor" text
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "ignored" text;--> statement-breakpoint
CREATE INDEX "decisions_at_index" ON "decisions" USING btree ("at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "decisions_repository_id_ref_commit_index" ON "decisions" USING btree ("repository_id","ref","commit");--> statement-breakpoint
CREATE INDEX "decisions_project_service_environment_at_index" ON "decisions" USING btree ("project","service","environment","at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "installation_repositories_repository_id_index" ON "installation_repositories" USING btree ("repository_id");--> statement-breakpoint
CREATE INDEX "redeliveries_due" ON "redeliveries" USING btree ("next_attempt_at") WHERE "redeliveries"."state" = 'lost';