import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { basesOf } from '../../../../activities/build/dockerfile/inherited.ts';
import { checkDockerfile } from '../../../../activities/build/dockerfile/check.ts';
import { decodeDockerfile } from '../../../../activities/build/dockerfile/instructions.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';

const OPTIONS = { owner: 'shop/web', hostNetwork: false };

function refusal(work: () => unknown) {
  try {
    work();
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

const refused = (lines: string) => refusal(() => checkDockerfile(`FROM scratch\n${lines}\n`, OPTIONS));

describe('a line that reaches past the build is UnsafeSource [B7]', () => {
  test.each([
    // The engine mounts a folder of the host.
    'RUN --mount=type=cache,id=../../../../..,target=/x ls /x',
    'RUN --mount=id=../..,type=cache,target=/x ls',
    'RUN --mount=type=cache,target=/x --mount=id=../..,target=/y ls',
    'RUN --mount=type=cache,target=/a --mount=type=bind,from=0,source=/link,target=/x ls /x',
    'RUN --mount=from=0,src=link,target=/x ls /x',
    // Two names of one option, of which the builder takes the last.
    'RUN --mount=type=bind,from=e,source=/,src=/l,target=/h ls /h',
    'RUN --mount=type=bind,from=e,src=/l,source=/,target=/h ls /h',
    'RUN --mount=type=bind,from=e,source=/,source=/l,target=/h ls /h',
    'RUN --mount=type=bind,src=/,from=e,target=/h,src=/l ls /h',
    'RUN --mount=type=cache,target=/a,dst=/b ls /b',
    'RUN --mount=type=cache,dst=/b,target=/a ls /b',
    'RUN --mount=type=cache,destination=/a,dst=/b ls /b',
    'RUN --mount=type=tmpfs,target=/a,destination=/b ls /b',
    'RUN --mount=type=secret,id=a,destination=/a,target=/b ls /b',
    'RUN --mount=type=bind,target=/a,ro,readonly ls /a',
    'RUN --mount=type=bind,target=/a,readonly=true,ro=false ls /a',
    'RUN --mount=type=bind,target=/a,ro,rw ls /a',
    'RUN --mount=type=tmpfs,target=/a,size=1,tmpfs-size=2 ls /a',
    'RUN --mount=type=bind,rw,source=.,target=/x ln -s / /x/link',
    'RUN --mount=type=bind,readwrite,target=/x true',
    'RUN --mount=type=bind,source=../..,target=/x true',
    'RUN --mount=type=bind,bind-propagation=rshared,target=/x true',
    'RUN --mount=type=bind,shared,target=/x true',
    'RUN --mount=type=bind,Z,target=/x true',
    'RUN --mount=type=cache,from=0,target=/x true',
    'RUN --mount=type=ssh true',
    'RUN --mount=type=tmpfs,type=bind,target=/x true',
    'RUN --mount=type=devpts,target=/x true',
    'RUN --mount=type=constructor,target=/x true',
    // Read otherwise than written.
    'RUN --mount=$M ls',
    'RUN --mount=type=cache,id=${ID},target=/x ls',
    'RUN --mount="type=cache",id=../..,target=/x ls',
    'RUN --mo"unt"=type=cache,id=../..,target=/x ls',
    'RUN --mount=type=cache,id=..\\/..,target=/x ls',
    'run --mount=type=cache,\\\nid=../..,target=/x ls',
    'R\\\nUN --mount=type=cache,id=../..,target=/x ls',
    'RUN \\\n# a comment\n\n  --mount=type=cache,id=../..,target=/x ls',
    'RUN\t\v--mount=type=cache,id=../..,target=/x ls',
    '\u00a0RUN --mount=type=cache,id=../..,target=/x ls',
    'RUN <<E\\\necho\nE\\\nRUN --mount=type=cache,id=../..,target=/x ls',
    '# escape=`\nRUN --mount=type=cache,`\nid=../..,target=/x ls',
    // The host's network, or more than a step's own rights.
    'RUN --network=host wget http://127.0.0.1/',
    'RUN --security=insecure true',
    'RUN --device=/dev/sda true',
    // Fetched by the engine.
    'ADD http://127.0.0.1:7233/ /x',
    'ADD https://example.com/x /x',
    'ADD --chown=1:1 http://127.0.0.1/ /x',
    'ADD a b http://127.0.0.1/ /x',
    'ADD ["a", "http://127.0.0.1/", "/x"]',
    'ADD ["\\u0068ttp\\u003a//127.0.0.1/", "/x"]',
    'ADD "http"://127.0.0.1/ /x',
    'ADD h\\ttp://127.0.0.1/ /x',
    'ADD $ADDRESS /x',
    'ADD http$EMPTY://127.0.0.1/ /x',
    'ADD ${A:-http:}//127.0.0.1/ /x',
    'ADD git@example.com:a/b.git /x',
    'add \\\n http://127.0.0.1/ /x',
    // Files of the host as images.
    'FROM dir:/etc',
    'FROM oci-archive:/root/image.tar AS x',
    'FROM "docker-archive:/root/image.tar"',
    'COPY --from=dir:/etc / /',
    'COPY --from=$IMAGE / /',
    // The same, in a build that starts from this one.
    'ONBUILD RUN --mount=type=cache,id=../..,target=/x ls',
    'ONBUILD ADD http://127.0.0.1/ /x',
    'onbuild \\\n run --mount=from=0,source=/l,target=/x ls',
    'RÜN true',
  ])('%j', (line) => {
    expect(refused(line)).toEqual({
      type: 'UnsafeSource',
      message: expect.stringMatching(/^Line \d+ of the Dockerfile is refused: .+\. .+\.$/),
    });
  });

  test('and says which, and what to write instead', () => {
    expect(refused('RUN true\nRUN true \\\n  && true\nADD https://example.com/x /x')?.message).toBe(
      'Line 5 of the Dockerfile is refused: ADD of an address is fetched on the host’s own network. ' +
        'Fetch it in a RUN step with curl or wget.',
    );
  });
});

describe('what stays in the build is built as it is', () => {
  test.each([
    'RUN apk add --no-cache curl && curl -sSf https://example.com/x',
    'RUN ["/bin/app", "--mount=type=cache,id=../.."]',
    'RUN echo --mount=type=cache,id=../..',
    'RUN npm ci \\\n  --network=host \\\n  && true',
    'RUN --mount=type=tmpfs,target=/tmp true',
    'RUN --mount=type=bind,source=package.json,target=/p.json true',
    'RUN --mount=type=bind,from=build,target=/in cp /in/app /app',
    'RUN --mount=type=bind,from=build,source=/,target=/in true',
    'RUN --mount=type=bind,src=a,dst=/b,ro true',
    'RUN --mount=type=tmpfs,destination=/tmp,tmpfs-size=1 true',
    'RUN --network=none make test',
    'ADD app-${VERSION}.tar.gz /opt/',
    'ADD ./$FILE /x',
    'ADD ["a b", "/x"]',
    'COPY --chown=${USER}:"$GROUP" --from=build /a /b',
    'COPY http /x',
    'ENV U=http://127.0.0.1/',
    'ONBUILD RUN make',
    'ONBUILD COPY . /app',
    'HEALTHCHECK CMD ["/hello"]',
  ])('%j', (line) => {
    const text = `FROM scratch AS build\n${line}\n`;

    expect(checkDockerfile(text, OPTIONS)).toBe(text);
  });

  test('a host whose builds have its network may fetch', () => {
    const text = 'FROM scratch\nADD https://example.com/x /x\nRUN --network=host true\n';

    expect(checkDockerfile(text, { ...OPTIONS, hostNetwork: true })).toBe(text);
  });
});

describe('a cache', () => {
  const cacheOf = (line: string, owner = 'shop/web') =>
    /id=([0-9a-f]{40}),/.exec(checkDockerfile(`FROM scratch\n${line}\n`, { ...OPTIONS, owner }))?.[1];

  test('has a folder of its own for each service and each name', () => {
    const names = [
      cacheOf('RUN --mount=type=cache,target=/root/.npm npm ci'),
      cacheOf('RUN --mount=type=cache,target=/root/.npm npm ci', 'shop/api'),
      cacheOf('RUN --mount=type=cache,target=/root/.npm/_cacache npm ci'),
      cacheOf('RUN --mount=type=cache,id=npm,target=/root/.npm npm ci'),
    ];

    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(names.length);
    expect(cacheOf('RUN --mount=target=/root/.npm,type=cache,sharing=locked npm ci')).toBe(names[0]);
  });

  test('is locked by no file that a step could have made a link of', () => {
    const text = checkDockerfile('RUN --mount=type=cache,sharing=locked,target=/a true\n', OPTIONS);

    expect(text).toMatch(/^RUN --mount=type=cache,id=[0-9a-f]{40},target=\/a true\n$/);
  });

  test('leaves the other lines where they are', () => {
    const text =
      'FROM scratch\nRUN --mount=type=cache,id=a/b,target=/c \\\n    --mount=target=. \\\n    go build \\\n  ./...\nCMD x\n';
    const id = cacheOf('RUN --mount=type=cache,id=a/b,target=/c true') ?? '';

    expect(checkDockerfile(text, OPTIONS)).toBe(
      `FROM scratch\nRUN --mount=type=cache,id=${id},target=/c --mount=type=bind,target=. go build   ./...\n\n\n\nCMD x\n`,
    );
  });
});

test('however a forbidden option is broken over lines, it is found', () => {
  const line = 'RUN --mount=type=cache,id=../..,target=/x ls';
  fc.assert(
    fc.property(
      fc.subarray(Array.from(line, (_, at) => at).slice(1)),
      fc.constantFrom('\\\n', '\\ \n', '\\\n\n', '\\\n  # x\n'),
      (cuts, by) => {
        const broken = Array.from(line, (letter, at) => (cuts.includes(at) ? by + letter : letter)).join('');

        expect(refused(broken)?.type).toBe('UnsafeSource');
      },
    ),
  );
});

test('bytes that are no UTF-8 are refused: the builder would read them in another way', () => {
  const bytes = Buffer.from('FROM scratch\nRUN \u00ff--mount=type=cache,id=../..,target=/x ls\n', 'latin1');

  expect(refusal(() => decodeDockerfile(bytes))?.type).toBe('UnsafeSource');
});

test.each([
  ['FROM a\nFROM b:1 AS two\nFROM two\nFROM scratch', {}, ['a', 'b:1']],
  ['ARG BASE=a\nARG TAG=1\nFROM ${BASE}:$TAG', {}, ['a:1']],
  ['ARG BASE=a\nFROM ${BASE}', { BASE: 'b' }, ['b']],
  ['ARG BASE\nFROM ${BASE:-c}', {}, ['c']],
  ['FROM x-$TARGETOS', {}, ['x-linux']],
  ['FROM a AS Two\nFROM two', {}, ['a', 'two']],
  ['FROM a AS evil.example/b\nFROM evil.example/b', {}, ['a', 'evil.example/b']],
  ['FROM "a"', {}, ['a']],
  ['from --platform=linux/amd64 a as b\nCOPY --from=c / /', {}, ['a']],
])('the base images of %j', (text, args, names) => {
  expect(basesOf(text, args).map(({ name }) => name)).toEqual(names);
});
