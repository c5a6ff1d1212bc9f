/** One line of a build's or deployment's log, as it is kept (one JSON object a line) and streamed. */
export interface LogLine {
  /** When it was said, in milliseconds since the epoch. */
  readonly at: number;
  /** Who says it: `landfall` itself, or the step's tool. */
  readonly source: 'landfall' | 'git' | 'build' | 'push' | 'deploy' | 'release' | 'health';
  /** Without its line end; secrets are masked before it gets here. Escape codes may remain: strip them at display. */
  readonly text: string;
}
