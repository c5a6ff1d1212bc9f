/** For `drizzle-kit generate`, which writes the migrations that openStore runs. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './store/schema.ts',
  out: './store/migrations',
  casing: 'snake_case',
});
