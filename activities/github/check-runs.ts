import type { GitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import { checkSubject } from '../../contracts/github/check-run.ts';
import type { CheckButton, ListedCheck } from '../../contracts/github/check-run.ts';
import {
  changed,
  fenced,
  joined,
  link,
  ourWords,
  oneLine,
  table,
  type Markdown,
} from '../../contracts/core/markdown.ts';
import { buttonDescription, buttonLabel, type ButtonText } from '../../contracts/github/shown-names.ts';
import type { Tries } from './tries.ts';
import { mask } from '../logs/masker.ts';
import type { GitHubCall, GitHubClient } from './client.ts';
import { PER_PAGE, everyPage } from './every-page.ts';
import { CHECKS_WRITE, findCheck, shortSummary, titleOf } from './find-check.ts';
import type { NoteOnCheck, ShowCheck, SuiteQuestion } from './github.port.ts';
import { cut } from './text.ts';
import { seenAt } from './web-address.ts';

/** The end of a log is for the log's page. */
const MAX_MESSAGE = 3_000;

const Run = z.object({ id: gitHubId, conclusion: z.string().nullable() });
type Run = z.infer<typeof Run>;
const Output = z.object({ output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }) });

const Listed = z.object({
  check_runs: z.array(z.object({ id: gitHubId, external_id: z.string().nullable() })),
});

interface ButtonWords {
  readonly label: ButtonText<20>;
  readonly description: ButtonText<40>;
}

/** At most three on one check run. */
const BUTTONS: Readonly<Record<CheckButton, ButtonWords>> = {
  approve: { label: buttonLabel('Approve'), description: buttonDescription('Let it go on') },
  reject: { label: buttonLabel('Reject'), description: buttonDescription('End it here; what runs goes on running') },
  'roll-back': {
    label: buttonLabel('Roll back'),
    description: buttonDescription('Bring back what was live before this'),
  },
};

/** @param publicUrl - Landfall's address for people; links begin with it. Without a slash at its end. */
export function createShownChecks(client: GitHubClient, publicUrl: string) {
  const call = <T>(
    { origin }: { readonly origin: GitHubOrigin },
    what: string,
    answer: z.ZodType<T>,
    signal: AbortSignal,
  ): GitHubCall<T> => ({ origin, permissions: CHECKS_WRITE, what, answer, signal });

  /** The run that GitHub shows now; fetched only when that decides something. */
  async function look(request: ShowCheck, { mayBeDone, signal }: Tries): Promise<Run | undefined> {
    const { checkRunId, conclusion } = request;
    if (checkRunId === undefined) return mayBeDone ? findCheck(client, request, signal) : undefined;
    if (conclusion !== 'action_required') return { id: checkRunId, conclusion: null };
    return client.call(call(request, 'Reading the check run', Run, signal), (github, repository) =>
      github.rest.checks.get({ ...repository, check_run_id: asParameter(checkRunId) }),
    );
  }

  const content = ({ title, rows, message, logPath, conclusion, buttons }: ShowCheck) => ({
    status: 'completed' as const,
    conclusion,
    ...seenAt(publicUrl + logPath),
    output: { title: titleOf(title), summary: shortSummary(summary(rows, message, publicUrl + logPath)) },
    actions: actions(buttons),
  });

  return {
    /** See `GitHubActivities.showCheck`. */
    async show(request: ShowCheck, tries: Tries): Promise<GitHubId> {
      const { signal } = tries;
      const shown = await look(request, tries);
      if (!shown) {
        const { name, commit, externalId } = request;
        const { id } = await client.call(call(request, 'Creating the check run', Run, signal), (github, repository) =>
          github.rest.checks.create({
            ...repository,
            name,
            head_sha: commit,
            external_id: externalId,
            ...content(request),
          }),
        );
        return id;
      }
      const hasEnded = shown.conclusion !== null && shown.conclusion !== 'action_required';
      if (hasEnded && request.conclusion === 'action_required') return shown.id;
      await client.call(call(request, 'Editing the check run', Run, signal), (github, repository) =>
        github.rest.checks.update({ ...repository, check_run_id: asParameter(shown.id), ...content(request) }),
      );
      return shown.id;
    },

    /** See `GitHubActivities.checksOfSuite`. Without `filter` GitHub lists the newest of each name. */
    async ofSuite(question: SuiteQuestion, signal: AbortSignal): Promise<readonly ListedCheck[]> {
      const list = call(question, 'Listing the check runs', Listed, signal);
      const suite = { check_suite_id: asParameter(question.checkSuiteId), per_page: PER_PAGE };
      const runs = await everyPage(async (page) => {
        const { check_runs: some } = await client.call(list, (github, repository) =>
          github.rest.checks.listForSuite({ ...repository, ...suite, page }),
        );
        return some;
      });
      const ours = runs.flatMap(({ id, external_id: externalId }) => {
        const subject = checkSubject(externalId ?? '');
        return subject ? [{ checkRunId: id, subject }] : [];
      });
      const isDeployment = ({ subject }: ListedCheck) => Number(subject.kind === 'deployment');
      return ours.toSorted((one, other) => isDeployment(other) - isDeployment(one));
    },

    /**
     * See `GitHubActivities.noteOnCheck`. Fields that GitHub keeps only with a summary are read first and sent again.
     */
    async note(request: NoteOnCheck, signal: AbortSignal): Promise<void> {
      const { checkRunId, note, buttons } = request;
      const { output } = await client.call(
        call(request, 'Reading the check run', Output, signal),
        (github, repository) => github.rest.checks.get({ ...repository, check_run_id: asParameter(checkRunId) }),
      );
      const { title, summary: said } = output;
      await client.call(call(request, 'Noting on the check run', Run, signal), (github, repository) =>
        github.rest.checks.update({
          ...repository,
          check_run_id: asParameter(checkRunId),
          output: {
            ...(title !== null && { title: oneLine(title) }),
            summary: asBefore(said ?? ''),
            text: shownAsItIs(note),
          },
          ...(buttons && { actions: actions(buttons) }),
        }),
      );
    },
  };
}

/** We have written it ourselves. */
const asBefore = (said: string): Markdown => changed(ourWords``, () => said);

const shownAsItIs = (text: string): Markdown => fenced(cut(mask(text), MAX_MESSAGE));

const actions = (buttons: readonly CheckButton[]) =>
  buttons.map((identifier) => ({ identifier, ...BUTTONS[identifier] }));

function summary(rows: ShowCheck['rows'], message: string | undefined, url: string): Markdown {
  return joined(
    [
      table([ourWords``, ourWords``], rows),
      ourWords``,
      ...(message ? [shownAsItIs(message), ourWords``] : []),
      link(ourWords`Details in Landfall`, url),
    ],
    '\n',
  );
}
