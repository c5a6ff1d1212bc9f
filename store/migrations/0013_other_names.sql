CREATE TABLE "other_names" (
	"name" text PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"service" text,
	"moved_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "other_names" ADD CONSTRAINT "other_names_project_projects_name_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "other_names_project_index" ON "other_names" USING btree ("project");