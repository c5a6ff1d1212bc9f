ALTER TABLE "environment_gates" ADD COLUMN "maintenance" jsonb;--> statement-breakpoint
ALTER TABLE "environment_gates" ADD COLUMN "maintenance_change" bigint;