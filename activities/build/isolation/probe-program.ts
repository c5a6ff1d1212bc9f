/**
 * A program of 300 bytes that says from inside a build step how the step is shut in. Nothing else can be relied on to be
 * there: an engine has no shell of its own, and a build host need not reach a registry of base images.
 */
import { Buffer } from 'node:buffer';

/** The program's exit codes. 0: it has processes of its own, and none of the addresses answered. */
export const PROBE_SEES = { hostProcesses: 7, hostLoopback: 8 } as const;

export interface Address {
  readonly ip: readonly [number, number, number, number];
  readonly port: number;
}

const BASE = 0x40_0000;
const HEADERS = 64 + 56;

/**
 * Linux on x86-64, without libraries. In C:
 *
 * ```c
 * if (getpid() != 1) exit(7);
 * for (struct sockaddr_in *a = addresses; a->sin_family; a += 1) {
 *   int s = socket(AF_INET, SOCK_STREAM, 0);
 *   setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){1, 0}, 16);
 *   if (connect(s, a, 16) == 0) exit(8);
 * }
 * exit(0);
 * ```
 */
const CODE = [
  'b827000000 0f05 83f801 755f 488d1d7f000000', // getpid() != 1? → 7; rbx = addresses
  '66833b00 7460 b829000000 bf02000000 be01000000 31d2 0f05 4189c4', // no more? → 0; r12 = socket()
  '89c7 b836000000 be01000000 ba15000000 4c8d153b000000 41b810000000 0f05', // setsockopt()
  '4489e7 b82a000000 4889de ba10000000 0f05 85c0 740d 4883c310 eba8', // connect() == 0? → 8; next
  'bf07000000 eb09 bf08000000 eb02 31ff b83c000000 0f05', // exit(7), exit(8), exit(0)
  '0100000000000000 0000000000000000', // one second
].join('');

/** @returns the program; `undefined` on a machine that it is not written for */
export function probeProgram(addresses: readonly Address[], arch: string = process.arch): Buffer | undefined {
  if (arch !== 'x64') return undefined;
  return executable(
    Buffer.concat([Buffer.from(CODE.replaceAll(' ', ''), 'hex'), ...addresses.map(sockaddr), Buffer.alloc(16)]),
  );
}

/** `for (;;) pause();`, for the same machine. */
export const pauseProgram = (): Buffer => executable(Buffer.from('b8220000000f05ebf7', 'hex'));

/** A program for Linux on x86-64 of nothing but this code (elf(5)). */
export function executable(code: Buffer): Buffer {
  const size = HEADERS + code.length;
  const file = Buffer.alloc(HEADERS);
  // elf(5): the file's header, then one segment that holds all of it.
  Buffer.from('7f454c46020101', 'hex').copy(file, 0);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + HEADERS), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BigInt(BASE), 80);
  file.writeBigUInt64LE(BigInt(BASE), 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([file, code]);
}

function sockaddr({ ip, port }: Address): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(2, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(ip, 4);
  return bytes;
}
