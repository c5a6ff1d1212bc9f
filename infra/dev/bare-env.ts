/** The environment of a short command: ours may hold secrets, and that of a process is read by all of its account (proc(5)). */

/** What it is found by, and messages as we know them. */
export const bareEnv = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C' });
