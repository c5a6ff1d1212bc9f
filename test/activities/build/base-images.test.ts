import { expect, test } from '@jest/globals';
import { baseImages } from '../../../activities/build/base-images.ts';

test.each<[string, string, readonly string[]]>([
  ['one image', 'FROM alpine:3.20\nRUN true', ['alpine:3.20']],
  ['a digest', 'FROM r.example:5000/a/b@sha256:0123', ['r.example:5000/a/b@sha256:0123']],
  ['scratch', 'FROM scratch\nCOPY . /', []],
  ['small letters, tabs, CRLF and a byte order mark', '\uFEFFfrom\talpine\r\nrun true\r\n', ['alpine']],
  ['stages', 'FROM go AS build\nFROM scratch\nCOPY --from=build /a /a', ['go']],
  ['a stage that a stage starts from', 'FROM go as Build\nFROM build AS test\nFROM test', ['go']],
  ['a stage by its number', 'FROM go\nFROM scratch\nCOPY --from=0 /a /a', ['go']],
  ['one image twice', 'FROM go AS a\nFROM go AS b', ['go']],
  ['an image to copy from', 'FROM scratch\nCOPY --chown=1:1 --from=nginx:1 /a /a', ['nginx:1']],
  [
    'an image to mount from',
    'FROM a\nRUN --mount=type=bind,from=tools:2,target=/t --mount=from=more,target=/m x',
    ['a', 'tools:2', 'more'],
  ],
  ['a stage to mount from', 'FROM a AS b\nFROM c\nRUN --mount=type=bind,from=b,target=/t x', ['a', 'c']],
  ['the default of an argument', 'ARG TAG=3.20\nFROM alpine:$TAG', ['alpine:3.20']],
  ['a quoted default, in braces', 'ARG BASE="alpine:3" OTHER=\'x\'\nFROM ${BASE}-${OTHER}', ['alpine:3-x']],
  ['an argument that refers to another', 'ARG V=1\nARG IMAGE=node:${V}\nFROM $IMAGE', ['node:1']],
  ['a given argument, which wins', 'ARG GIVEN=old\nFROM $GIVEN', ['new:1']],
  ['a fallback', 'FROM ${NONE:-alpine}', ['alpine']],
  ['an alternative', 'ARG GIVEN\nFROM a${GIVEN:+-slim}', ['a-slim']],
  ['an argument that is not known', 'ARG NONE\nFROM $NONE\nFROM b', ['b']],
  ['an argument of a stage, which FROM does not see', 'FROM a\nARG T=1\nFROM b:$T', ['a']],
  ["an image for this host's machine", 'FROM --platform=$BUILDPLATFORM go', ['go']],
  ['an image for another machine', 'FROM --platform=linux/arm64/v8 go', ['go for linux/arm64/v8']],
  [
    'comments and lines that continue',
    '# syntax=x\n#FROM no\nFROM \\\n# not this\n  alpine \\\n  AS a\nRUN echo \\\nFROM no',
    ['alpine'],
  ],
  ['another escape', '# escape=`\nFROM alpine `\n AS a\nFROM a', ['alpine']],
  ['what a RUN says', 'FROM a\nRUN echo "FROM b" && x --from=c', ['a']],
  ['nothing at all', '', []],
  ['what could be no name', 'FROM ../x\nFROM -y\nFROM $(id)\nFROM a;b', []],
])('finds %s', (_, dockerfile, images) => {
  const found = baseImages(dockerfile, { GIVEN: 'new:1' });

  expect(found.map(({ image, platform }) => (platform ? `${image} for ${platform}` : image))).toEqual(images);
});
