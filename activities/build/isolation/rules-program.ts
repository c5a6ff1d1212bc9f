/** A program of 150 bytes that closes addresses in the network where it runs, and what it is given: rules of the kernel. */
import { Buffer } from 'node:buffer';
import { isIPv4, isIPv6 } from 'node:net';
import type { Closed } from './closed.ts';
import { executable } from './probe-program.ts';

/**
 * Linux on x86-64. In C:
 *
 * ```c
 * char answer[4096]; int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
 * for (struct nlmsghdr *m = messages; m->nlmsg_len; m = (void *)m + m->nlmsg_len) {
 *   send(s, m, m->nlmsg_len, 0);
 *   if (recv(s, answer, 4096, 0) < 0) exit(99);
 *   int error = ((struct nlmsgerr *)(answer + 16))->error;
 *   if (error && error != -EEXIST && error != -EAFNOSUPPORT) exit(-error); // a kernel without IPv6
 * }
 * exit(0);
 * ```
 */
const CODE = [
  '4881ec00100000 488d1d77000000 b829000000 bf10000000 be03000000 31d2 0f05 4189c4', // rbx = messages; r12 = socket()
  '8b13 85d2 7452 4489e7 4889de 4531d2 4531c0 4531c9 b82c000000 0f05', // no more? → 0; send()
  '4489e7 4889e6 ba00100000 b82d000000 0f05 85c0 781f', // recv() < 0? → 99
  '8b442410 85c0 7410 83f8ef 740b 83f89f 7406 f7d8 89c7 eb10', // an error? → exit(-error)
  '8b13 4801d3 ebaf', // next
  'bf63000000 eb02 31ff b83c000000 0f05', // exit(99), exit(0)
].join('');

/** linux/fib_rules.h and linux/rtnetlink.h. */
const RTM_NEWRULE = 32;
const REQUEST_ACK_CREATE = 0x01 | 0x04 | 0x400;
const [DST, PRIORITY, IP_PROTO, DPORT_RANGE] = [1, 6, 22, 24];
const [TO_TABLE, PROHIBIT] = [1, 8];
const MAIN = 254;
const [INET, INET6] = [2, 10];
const [TCP, UDP] = [6, 17];
const DNS = 53;
/** After the kernel's own for local addresses (0), before that for all others (32766). */
const [ALLOWED, NAMES, CLOSED] = [100, 110, 200];

/**
 * Names are looked up at port 53 of any address: a cloud's metadata service, or the host, may be the only resolver.
 *
 * @returns the program; `undefined` on a machine that it is not written for
 */
export function rulesProgram({ deny, allow }: Closed, arch: string = process.arch): Buffer | undefined {
  if (arch !== 'x64') return undefined;
  const names = [INET, INET6].flatMap((family) =>
    [TCP, UDP].map((protocol) =>
      rule({ family, priority: NAMES, action: TO_TABLE }, [
        attribute(IP_PROTO, Buffer.from([protocol])),
        attribute(DPORT_RANGE, Buffer.from(new Uint16Array([DNS, DNS]).buffer)),
      ]),
    ),
  );
  const messages = [
    ...allow.map((range) => forRange(range, ALLOWED, TO_TABLE)),
    ...names,
    ...deny.map((range) => forRange(range, CLOSED, PROHIBIT)),
  ];
  return executable(Buffer.concat([Buffer.from(CODE.replaceAll(' ', ''), 'hex'), ...messages, Buffer.alloc(4)]));
}

function forRange(range: string, priority: number, action: number): Buffer {
  const { family, bytes, length } = rangeOf(range);
  return rule({ family, priority, action, length }, [attribute(DST, bytes)]);
}

interface Rule {
  readonly family: number;
  readonly priority: number;
  readonly action: number;
  /** Bits of the destination's prefix. */
  readonly length?: number;
}

function rule({ family, priority, action, length = 0 }: Rule, attributes: readonly Buffer[]): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(priority);
  const body = Buffer.concat([
    Buffer.from([family, length, 0, 0, MAIN, 0, 0, action, 0, 0, 0, 0]),
    ...attributes,
    attribute(PRIORITY, value),
  ]);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(header.length + body.length, 0);
  header.writeUInt16LE(RTM_NEWRULE, 4);
  header.writeUInt16LE(REQUEST_ACK_CREATE, 6);
  header.writeUInt32LE(1, 8);
  return Buffer.concat([header, body]);
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(header.length + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
}

/** Bits behind the prefix are 0: the kernel refuses others. */
function rangeOf(range: string): { family: number; bytes: Buffer; length: number } {
  const [address = '', prefix] = range.split('/');
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : bytesOf6(address);
  const length = Math.min(Number(prefix ?? bytes.length * 8), bytes.length * 8);
  for (let bit = length; bit < bytes.length * 8; bit += 1)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7));
  return { family: bytes.length === 4 ? INET : INET6, bytes, length };
}

function bytesOf6(address: string): Buffer {
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) throw new TypeError(`${address} is no address`);
  // The URL standard writes the last 32 bits in hexadecimal, too (section "host serializing").
  const [before = '', after] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const [head, tail] = [groups(before), groups(after)];
  const all =
    after === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
