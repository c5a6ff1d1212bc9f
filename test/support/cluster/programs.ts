/** The programs that pods run: each test file may say what those of its images answer. That file's process answers. */
import { request } from 'node:http';

/** A pod, as a program knows it. */
export interface PodSeen {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The image of the container. */
  readonly image: string;
  readonly container: string;
}

export interface Visit {
  readonly kind: 'visit';
  readonly pod: PodSeen;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface LogRequest {
  readonly kind: 'log';
  readonly pod: PodSeen;
  /** The log of the run before the last restart is wanted. */
  readonly previous: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The part of an image's name that tells programs apart: without registry, tag and digest. */
export function repositoryOf(image: string): string {
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : name;
}

/** Its repository → the socket at which the test file answers for it. */
export type Programs = Map<string, string>;

/** The answer of an image that no test wrote a program for: `ok NAME` at `/`. */
export const usualAnswer = ({ path, pod }: Visit): Answer =>
  path === '/'
    ? { status: 200, body: `ok ${repositoryOf(pod.image).split('/').at(-1)}` }
    : { status: 404, body: 'not found' };

export const usualLog = ({ pod }: LogRequest): string => `${repositoryOf(pod.image)} starts\n`;

export async function answerOf(programs: Programs, visit: Visit): Promise<Answer> {
  const socket = programs.get(repositoryOf(visit.pod.image));
  return socket === undefined ? usualAnswer(visit) : ask<Answer>(socket, visit);
}

export async function logOf(programs: Programs, wanted: LogRequest): Promise<string> {
  const socket = programs.get(repositoryOf(wanted.pod.image));
  return socket === undefined ? usualLog(wanted) : ask<string>(socket, wanted);
}

function ask<T>(socketPath: string, question: Visit | LogRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method: 'POST', path: '/' }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (part: string) => (said += part));
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(said) as T);
        else reject(new Error(said));
      });
    });
    asked.once('error', reject).end(JSON.stringify(question));
  });
}
