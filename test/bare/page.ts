/** The commands of docs/start.md, as they are run on a bare system. */
import { readFileSync } from 'node:fs';

const PAGE = new URL('../../docs/start.md', import.meta.url);

export interface Block {
  /** The heading that it stands under. */
  readonly heading: string;
  readonly commands: string;
}

/** The page's blocks of shell commands, in order. */
export function blocksOf(page = readFileSync(PAGE, 'utf8')): readonly Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const [, title, , commands] of page.matchAll(/^#+ (.+)$|^( *)```sh\n([^]*?)^\2```$/gm)) {
    if (title !== undefined) heading = title;
    else blocks.push({ heading, commands: String(commands) });
  }
  return blocks;
}

/** The Node that the page installs. */
export const NODE_VERSION = /nodejs[.]org[/]dist[/](?<version>v[0-9.]+)[/]/.exec(readFileSync(PAGE, 'utf8'))?.groups?.[
  'version'
];

export interface Replaced {
  /** On the page. */
  readonly text: string;
  readonly by: string;
  /** The reason why a bare root folder, with registries of packages only, cannot do what stands there. */
  readonly because: string;
}

export const REPLACED: readonly Replaced[] = [
  {
    text: 'https://nodejs.org/dist/',
    by: 'file:///lane/node/',
    because: 'Node comes from this machine: its home is no registry of packages',
  },
  {
    text: 'landfall install --system --env-file landfall.env',
    by: 'start_landfall',
    because: 'no systemd runs in a root folder: `landfall up` takes the same settings',
  },
];

/** @throws Error when the page does not hold what is replaced: the lane would show something else than the page */
export function runnable(blocks: readonly Block[]): readonly Block[] {
  const whole = blocks.map(({ commands }) => commands).join('\n');
  const gone = REPLACED.filter(({ text }) => !whole.includes(text)).map(({ text }) => text);
  if (gone.length > 0) throw new Error(`docs/start.md does not say ${gone.join(', ')}: mend test/bare/page.ts.`);
  return blocks.map(({ heading, commands }) => ({
    heading,
    commands: REPLACED.reduce((text, one) => text.replaceAll(one.text, one.by), commands),
  }));
}
