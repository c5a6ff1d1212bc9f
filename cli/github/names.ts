import { InvalidArgumentError } from 'commander';
import { isRefName, REPOSITORY } from '../../contracts/core/names.ts';

/** GitHub's environments are named more freely than ours ("Deployment environments": 255 characters, any case). */
export const isEnvironment = (text: string): boolean =>
  text.trim() !== '' && text.length <= 255 && !/\p{Cc}/u.test(text);

export function repositoryName(text: string): string {
  if (REPOSITORY.test(text)) return text;
  throw new InvalidArgumentError('Use OWNER/NAME, such as acme/web.');
}

export function refName(text: string): string {
  if (isRefName(text)) return text;
  throw new InvalidArgumentError('Use a branch, a tag or a commit, such as main.');
}

export function gitHubEnvironment(text: string): string {
  if (isEnvironment(text)) return text;
  throw new InvalidArgumentError('Use a name of at most 255 characters on one line.');
}
