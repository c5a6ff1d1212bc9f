// @ts-check
/** The shared libraries of a program, as ldd(1) lists them. */

/** `libc.so.6 => /lib/…/libc.so.6 (0x…)`; the loader stands alone: `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
const FOUND = /^\t(?:\S+ => )?(?<path>[/]\S+) \(0x[0-9a-f]+\)$/;
const MISSING = /^\t(?<name>\S+) => not found$/;

/**
 * @param {string} listed - the output of ldd(1)
 * @param {string} file - for messages
 * @returns {readonly string[]} paths, the loader's among them
 * @throws {Error} that names the libraries that this machine lacks
 */
export function librariesIn(listed, file) {
  const lines = listed.split('\n');
  const missing = lines.flatMap((line) => MISSING.exec(line)?.groups?.['name'] ?? []);
  if (missing.length > 0) throw new Error(`${file} needs ${missing.join(', ')}, which this machine lacks.`);
  return lines.flatMap((line) => FOUND.exec(line)?.groups?.['path'] ?? []);
}
