import { expect, test } from '@jest/globals';
import { librariesIn } from '../../../infra/image/libraries.mjs';

const LISTED = `\tlinux-vdso.so.1 (0x00007f3be3209000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f3be2c1e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f3be320b000)
`;

test('the libraries of a program are its files, the loader among them, and not the kernel’s own [H1]', () => {
  expect(librariesIn(LISTED, 'node')).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
});

test('a library that the machine lacks is named [H1]', () => {
  const listed = `${LISTED}\tlibcurl-gnutls.so.4 => not found\n`;
  expect(() => librariesIn(listed, 'git-remote-http')).toThrow(
    'git-remote-http needs libcurl-gnutls.so.4, which this machine lacks.',
  );
});
