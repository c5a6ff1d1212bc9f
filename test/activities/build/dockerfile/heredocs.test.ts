import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { baseImages } from '../../../../activities/build/base-images.ts';
import { checkDockerfile } from '../../../../activities/build/dockerfile/check.ts';
import { withoutHeredocs } from '../../../../activities/build/dockerfile/heredocs.ts';
import { basesOf } from '../../../../activities/build/dockerfile/inherited.ts';
import { checkHeredocs } from '../../../../activities/build/engine-words.ts';
import { createPodmanClient } from '../../../../activities/podman/client.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { tempDir } from '../../../support/tmp.ts';

const OPTIONS = { owner: 'shop/web', hostNetwork: false, heredocs: true };
const BODY = 'from pathlib import Path\nADD http://127.0.0.1/ /x\nRUN --mount=type=ssh x\n été\n';

function refusal(work: () => unknown) {
  try {
    work();
    return undefined;
  } catch (error) {
    return failureOf(error)?.type;
  }
}

describe('for an engine that knows here-documents, their lines are no instructions [B7]', () => {
  test.each([
    ['RUN', `RUN <<EOF\n${BODY}EOF\n`],
    ['RUN of a program', `RUN python3 <<EOF\n${BODY}EOF\n`],
    ['RUN with a redirection', `RUN cat <<EOF > /x && true\n${BODY}EOF\n`],
    ['RUN with options', `RUN --mount=type=tmpfs,target=/t <<EOF\n${BODY}EOF\n`],
    ['RUN in small letters, on several lines', `run python3 \\\n  # why\n  <<EOF\n${BODY}EOF\n`],
    ['COPY', `COPY <<EOF /x.py\n${BODY}EOF\n`],
    ['COPY with options', `COPY --chown=1:1 <<EOF /x.py\n${BODY}EOF\n`],
    ['ADD', `ADD <<EOF /x.py\n${BODY}EOF\n`],
    ['a quoted word', `RUN <<'EOF'\n${BODY}EOF\n`],
    ['a word in double quotes', `RUN <<"EOF"\n${BODY}EOF\n`],
    ['tabs before the end', `RUN <<-EOF\n${BODY}\t\tEOF\n`],
    ['tabs before a quoted end', `RUN <<-'EOF'\n${BODY}\tEOF\n`],
    ['tabs before what is no end', `RUN <<EOF\n\tEOF\n${BODY}EOF\n`],
    ['several', `COPY <<one <<-two /d/\n${BODY}one\n${BODY}\ttwo\n`],
    ['a descriptor', `RUN 3<<EOF cat\n${BODY}EOF\n`],
    ['a variable beside it', `RUN echo "$A \${B}" '<<X' <<EOF\n${BODY}EOF\n`],
    ['CRLF', `RUN <<EOF\r\n${BODY}EOF\r\n`],
    ['a line that seems to go on', `RUN <<EOF\nx \\\nEOF\n`],
  ])('%s', (_, lines) => {
    const text = `FROM a AS b\n${lines}FROM c\nCOPY --from=b / /\n`;

    expect(checkDockerfile(text, OPTIONS)).toBe(text);
    const read = withoutHeredocs(text);
    expect(read.split('\n')).toHaveLength(text.split('\n').length);
    expect(basesOf(read, {}).map(({ name, line }) => [name, text.split('\n')[line - 1]])).toEqual([
      ['a', 'FROM a AS b'],
      ['c', 'FROM c'],
    ]);
    expect(baseImages(read, {}).map(({ image }) => image)).toEqual(['a', 'c']);
  });

  test('its text stays as it is when the step’s cache is given a name', () => {
    const checked = checkDockerfile(
      'RUN --mount=type=cache,id=a,target=/c \\\n  <<EOF\n#!/bin/python\nfrom a import b\nEOF\nCMD x\n',
      OPTIONS,
    );

    expect(checked).toMatch(
      /^\nRUN --mount=type=cache,id=[0-9a-f]{40},target=\/c <<EOF\n#!\/bin\/python\nfrom a import b\nEOF\nCMD x\n$/,
    );
  });
});

describe('what is no here-document hides no line [B7]', () => {
  const evil = 'FROM evil\nEOF\nRUN true\n';

  test.each([
    ['a here-string', 'RUN cat <<<EOF\n'],
    ['a word in quotes', 'RUN echo "<<EOF"\n'],
    ['a word in quotes with a space', "RUN echo ' <<EOF'\n"],
    ['a word that goes on', 'RUN cat<<EOF\n'],
    ['an escaped space', 'RUN echo \\ <<EOF\n'],
    ['a list', 'RUN ["cat", " <<EOF"]\n'],
    ['another instruction', 'CMD cat <<EOF\n'],
    ['a word after a variable', 'RUN cat $A<<EOF ${A}x<<EOF\n'],
    ['a comment', '# RUN <<EOF\n'],
  ])('%s', (_, lines) => {
    expect(basesOf(withoutHeredocs(`FROM a\n${lines}${evil}`), {}).map(({ name }) => name)).toEqual(['a', 'evil']);
  });

  test.each([
    ['a list with more behind it', 'RUN ["cat"] <<EOF\n'],
    ['a list with more behind it, after options', 'COPY --chown=1 ["a", "b"] <<EOF\n'],
    ['an open quote', "RUN echo it's <<EOF\n"],
    ['an open double quote', 'RUN echo " <<EOF\n'],
    ['a word after a space', 'RUN cat << EOF\n'],
    ['a word after a dash and a space', 'RUN cat <<- "EOF"\n'],
    ['a word after a word', 'RUN cat << <<EOF\n'],
    ['a word that is quoted in part', 'RUN cat <<E"O"F\n'],
    ['an escaped word', 'RUN cat <<\\EOF\n'],
    ['a variable', 'RUN cat <<$EOF\n'],
    ['a form of substitution', 'RUN echo ${A%x} <<EOF\n'],
    ['another blank', 'RUN echo a\u00a0b <<EOF\n'],
    ['a word after another blank', 'RUN cat\u00a0<<EOF\n'],
    ['a word after a variable that may be nothing', 'RUN cat ${A:+x}<<EOF\n'],
    ['a word after a variable that may be a number', 'RUN ${A:-3}<<EOF\n'],
    ['an end with two ends', 'RUN cat <<EOF\nEOF\r\r\n'],
    ['a step of a later build', 'ONBUILD RUN cat <<EOF\n'],
    ['no end', 'RUN <<END\n'],
    ['an end that is not whole', 'RUN <<EOF2\n'],
  ])('%s is refused', (_, lines) => {
    expect(refusal(() => withoutHeredocs(`FROM a\n${lines}${evil}`))).toBe('UnsafeSource');
  });

  test.each([
    'RUN --mount=type=ssh <<EOF\nx\nEOF\n',
    'RUN --mount=type=bind,from=e,source=/l,target=/h <<EOF\nx\nEOF\n',
    'ADD http://127.0.0.1/ <<EOF /x\nx\nEOF\n',
    'COPY --from=dir:/etc <<EOF /x\nx\nEOF\n',
    'RUN <<EOF\nx\nEOF\nRUN --mount=type=ssh x\n',
    'RUN <<A <<B\nB\nA\nB\nADD http://127.0.0.1/ /x\n',
  ])('and %j is refused as ever', (lines) => {
    expect(refusal(() => checkDockerfile(`FROM a\n${lines}`, OPTIONS))).toBe('UnsafeSource');
  });

  test('a shift of numbers is built', () => {
    const text = 'FROM a\nRUN echo $(( 1 << 3 ))\n';

    expect(withoutHeredocs(text)).toBe(text);
  });
});

/** An engine of that version. Machines have one only, so a socket of the test's own says it. */
async function engineOf(version: string) {
  const path = join(tempDir(), 'engine.sock');
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ Version: version }));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onCleanup(() => void server.close());
  return createPodmanClient(path);
}

test.each([
  ['4.8.0', 'RUN <<EOF\nx\nEOF\n', true],
  ['5.4.2', 'RUN <<EOF\nx\nEOF\n', true],
  ['5.4.2', 'RUN true\n', false],
  ['4.3.1', 'RUN echo $((1<<3))\n', false],
])('with Podman %s the lines of here-documents in %j are skipped: %s [B7]', async (version, lines, skipped) => {
  const podman = await engineOf(version);

  expect(await checkHeredocs(`FROM a\n${lines}`, podman, AbortSignal.timeout(5_000))).toBe(skipped);
});

test('many here-documents are read in one go', () => {
  const text = `FROM a\n${'RUN <<E\nx\nE\n'.repeat(70_000)}FROM b\n`;

  expect(withoutHeredocs(text).replaceAll(/\n+/g, '\n')).toBe(`FROM a\n${'RUN <<E\n'.repeat(70_000)}FROM b\n`);
});

test('whatever stands in a here-document, what follows its end is read', () => {
  const line = fc.constantFrom('FROM x', 'RUN <<EOF', 'RUN \\', '"', "'", '\tEOF', 'EOF ', '# c', '', 'COPY <<A <<B /');
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (body) => {
      const text = ['FROM a', 'RUN <<EOF', ...body, 'EOF', 'FROM b', ''].join('\n');

      expect(basesOf(withoutHeredocs(text), {}).map(({ name }) => name)).toEqual(['a', 'b']);
    }),
  );
});
