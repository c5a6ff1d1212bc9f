import { isAllowed, isPrivateHost, type PrivateSources } from './addresses.ts';

/** Either the one form in which the URL is stored and used, or a sentence that goes on after "cloneUrl". */
export type CloneUrl = { readonly url: string } | { readonly why: string };

/**
 * Reads the address of a public repository as people type it. Programs read odd URLs differently, so one parsed form is
 * kept, and what it would have to change is refused. The sentence never repeats the URL, which may hold a password.
 */
export function readCloneUrl(text: string, allowed: PrivateSources): CloneUrl {
  // Browsers read a backslash as a slash, curl as a part of the user's name (WHATWG URL, "special authority slashes state").
  if (!/^[!-~]+$/.test(text) || text.includes('\\')) {
    return { why: 'holds blanks, backslashes or characters beyond ASCII. Give the address as `git clone` takes it.' };
  }
  if (!URL.canParse(text)) return { why: 'is no address. Use one such as https://git.example.org/team/app.git.' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return {
      why: 'holds credentials. Leave them out: only public repositories are read by URL; private ones by the GitHub App.',
    };
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    return { why: 'has a query or a fragment. Give the address that `git clone` takes.' };
  }
  if (url.hostname.endsWith('.')) return { why: 'has a dot behind the name of its host. Leave it out.' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { why: 'is of a kind that Landfall does not fetch from. Use https.' };
  if (isAllowed(allowed, url.hostname)) return { url: url.href };
  if (url.protocol !== 'https:') {
    return { why: 'is not encrypted. Use https, or name its host in LANDFALL_PRIVATE_SOURCES.' };
  }
  if (isPrivateHost(url.hostname)) {
    return { why: 'is at a private address. Name its host or network in LANDFALL_PRIVATE_SOURCES to allow it.' };
  }
  return { url: url.href };
}
