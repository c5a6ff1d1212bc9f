/** The environment of a short command: ours may hold secrets, and that of a process is read by all of its account (proc(5)). */

/** PATH finds the command; LC_ALL keeps its messages in English. */
export const bareEnv = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C' });
