/** One cell: replicas of programs, of which one is served, and the images that it has. It is lost with the process. */
import type { MaintenancePage } from '../../../../contracts/deployment/maintenance.ts';
import type { CapturedRun } from '../../../../contracts/deployment/target.ts';

/** What an image does: the answers of its program, by path. */
export type Program = (path: string) => string | undefined;

/** Image (`registry/name@sha256:…`) → its program. */
export type MemoryRegistry = ReadonlyMap<string, Program>;

export interface CellReplica {
  readonly run: CapturedRun;
  /** Of what runs, which may be something else than what was asked for. */
  image: string;
}

export interface Slot {
  /** The lowest generation that may still switch here. */
  fence: number;
  readonly replicas: Map<string, CellReplica>;
  /** The name of the replica that visitors reach. */
  serving: string | null;
  /** Release commands that have been run, by deployment and number. */
  readonly ran: Set<string>;
  /** The last order about its maintenance page. */
  pages: { readonly change: number; readonly page: MaintenancePage | null };
}

export interface Cell {
  readonly name: string;
  readonly images: Set<string>;
  slot(environment: string): Slot;
  /** Nothing of it is left. */
  forget(environment: string): void;
}

export function createCell(name: string): Cell {
  const slots = new Map<string, Slot>();
  return {
    name,
    images: new Set(),
    slot(environment) {
      const slot = slots.get(environment) ?? {
        ...{ fence: 0, replicas: new Map(), serving: null, ran: new Set() },
        pages: { change: 0, page: null },
      };
      slots.set(environment, slot);
      return slot;
    },
    forget: (environment) => void slots.delete(environment),
  };
}

export const replicaName = ({ deploymentId, generation }: Pick<CapturedRun, 'deploymentId' | 'generation'>): string =>
  `${deploymentId}.${generation}`;

export const digestIn = (image: string): string => image.slice(image.indexOf('@') + 1);
