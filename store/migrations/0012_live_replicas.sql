CREATE TABLE "live_replicas" (
	"deployment_id" text NOT NULL,
	"place" text NOT NULL,
	"restarts" integer NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"window_at" timestamp (3) with time zone NOT NULL,
	"window_restarts" integer NOT NULL,
	"restarted_at" timestamp (3) with time zone,
	"crash_since" timestamp (3) with time zone,
	"crash_message" text,
	"told_at" timestamp (3) with time zone,
	CONSTRAINT "live_replicas_deployment_id_place_pk" PRIMARY KEY("deployment_id","place")
);
