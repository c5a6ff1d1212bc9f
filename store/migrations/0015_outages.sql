ALTER TABLE "live_replicas" ADD COLUMN "serves" boolean;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "serves_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "serves_looks" integer;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "outage_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "outage_message" text;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "outage_over_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "live_replicas" ADD COLUMN "outage_told_at" timestamp (3) with time zone;