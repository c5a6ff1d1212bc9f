import { describe, expect, test } from '@jest/globals';
import { heredocIn } from '../../../activities/build/engine-words.ts';
import { failing, perform, startBuildHost } from './build-host.ts';

const host = await startBuildHost('bword');
const activities = host.activities();
const knowsHeredocs = (await host.podman.json<{ Version: string }>('GET', '/version')).Version >= '4.8';

let number = 0;
async function built(dockerfile: string) {
  number += 1;
  const step = host.step(`bword.web.${number}`, host.repository.commit({ Dockerfile: dockerfile, f: 'f' }));
  await perform(() => activities.fetchSource(step));
  return failing(perform(() => activities.buildImage(step)));
}

describe('a Dockerfile that is newer than the engine', () => {
  test.each([
    ['RUN', 'FROM scratch\nRUN <<EOF\necho hi\nEOF\n'],
    ['RUN with a command', "FROM scratch\nCOPY f /\nRUN cat <<-'END' > /x\nhello\n\tEND\n"],
    ['COPY', 'FROM scratch\nCOPY <<"EOF" /x\nhello\nEOF\n'],
  ])('a here-document in %s is refused before the engine makes something else of it [B7]', async (_, dockerfile) => {
    const { type, message } = await built(dockerfile);

    if (knowsHeredocs) expect(message).not.toContain('here-document');
    else {
      expect(type).toBe('BuildFailed');
      expect(message).toMatch(
        /^Line [23] of the Dockerfile begins a here-document .*Podman \d.* does not know: .*update Podman\.$/,
      );
    }
    expect(host.log()).not.toMatch(/STEP 2/);
  });

  test.each([
    ['COPY --link', 'FROM scratch\nCOPY --link f /x\n', /--link changes only how layers are cached/],
    ['ADD --checksum', `FROM scratch\nADD --checksum=sha256:${'a'.repeat(64)} f /x\n`, /a flag of this step/],
    ['COPY --chmod=u+x', 'FROM scratch\nCOPY --chmod=u+x f /x\n', /octal modes/],
    ['RUN --network', 'FROM scratch\nRUN --network=none ["/x"]\n', /a flag of this step/],
    ['a mount option', 'FROM scratch\nRUN --mount=type=tmpfs,target=/x,size=1m ["/x"]\n', /one of its options/],
    ['a build secret', 'FROM scratch\nRUN --mount=type=secret,id=x,required=true ["/x"]\n', /gives builds no secrets/],
    ['HEALTHCHECK --start-interval', 'FROM scratch\nHEALTHCHECK --start-interval=1s CMD x\n', /a flag of this step/],
    ['an unknown instruction', 'FROM scratch\nFOO bar\n', /an instruction that does not exist/],
    ['a form of substitution', 'FROM scratch\nARG A=b.c\nENV B=${A%.*}\nCOPY f /\n', /this form of \$\{variable\}/],
  ])('%s says what to do [B7]', async (_, dockerfile, advice) => {
    const { type, message } = await built(dockerfile);

    expect(type).toBe('BuildFailed');
    expect(message).toMatch(/^The build failed: /);
    expect(message.split('\n')[1]).toMatch(advice);
  });
});

test('a kind of --mount that no check knows is refused before the engine sees it, with those there are [B7]', async () => {
  expect(await built('FROM scratch\nRUN --mount=type=foo,target=/x ["/x"]\n')).toEqual({
    type: 'UnsafeSource',
    message: 'Line 2 of the Dockerfile is refused: --mount=type=foo is not supported. Use bind, cache, tmpfs, secret.',
  });
});

test.each<[string, string, number | undefined]>([
  ['RUN', 'FROM a\nRUN <<EOF\nx\nEOF\n', 2],
  ['two', 'FROM a\nRUN <<A <<B\na\nA\nb\nB\n', 2],
  ['with a tab before its end', 'FROM a\nCOPY <<-X /y\nx\n\tX\n', 2],
  ['in a shell, on lines that continue', 'FROM a\nRUN cat <<EOF \\\n  more\n', undefined],
  ['a here-string', 'FROM a\nRUN cat <<<word\nword\n', undefined],
  ['a shift', 'FROM a\nRUN echo $((1<<n))\n', undefined],
  ['in a comment', 'FROM a\n# RUN <<EOF\n#EOF\n', undefined],
  ['in another instruction', 'FROM a\nENV X=<<EOF\nEOF\n', undefined],
])('a here-document %s', (_, dockerfile, line) => {
  expect(heredocIn(dockerfile)?.line).toBe(line);
});
