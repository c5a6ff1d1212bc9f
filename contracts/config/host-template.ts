/** Names with `{number}` in them: each pull request's preview has one of its own. Pure. */
import { whyNotRouteHost } from './routes.ts';

const PLACEHOLDER = '{number}';
/** GitHub's numbers of pull requests have ten digits at most. */
const LONGEST_NUMBER = 9_999_999_999;
/** RFC 1035, 2.3.4. */
const MOST = { label: 63, name: 253 } as const;

/** The name that a preview of this number has. */
export const filledHost = (template: string, number: number): string =>
  template.replaceAll(PLACEHOLDER, String(number));

/** True of a name that a preview of some number could have; a name without a placeholder is only itself. */
export function couldBeHost(template: string, host: string): boolean {
  if (!template.includes(PLACEHOLDER)) return template === host;
  const parts = template.split(PLACEHOLDER).map((part) => part.replaceAll(/[^a-z0-9]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(String.raw`\d{1,10}`)}$`).test(host);
}

/** The reason why it makes no names for previews, in words with what to write; `undefined` for one that does. */
export function whyNotHostTemplate(text: string): string | undefined {
  const rest = text.replaceAll(PLACEHOLDER, '');
  if (/[{}]/.test(rest)) return `${PLACEHOLDER} is the only placeholder, for the number of the pull request`;
  if (rest === text) {
    return `write ${PLACEHOLDER} into it, such as pr-${PLACEHOLDER}.preview.example.com: two pull requests cannot have one name`;
  }
  const longest = filledHost(text, LONGEST_NUMBER);
  if (longest.length > MOST.name || longest.split('.').some((label) => label.length > MOST.label)) {
    return `it is too long: with a number of ten digits, a name has ${MOST.name} characters at most, and ${MOST.label} between two dots`;
  }
  return whyNotRouteHost(longest)?.replaceAll(String(LONGEST_NUMBER), PLACEHOLDER);
}
