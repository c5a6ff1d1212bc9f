/**
 * Quantities of resources, as the API server reads them: `100m`, `1.5Gi`, `2e3`. The source of the notation is
 * k8s.io/apimachinery/pkg/api/resource, `Quantity`.
 */
import { z } from 'zod';

const FORM = /^(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]?)|[eE]([+-]?\d{1,2}))$/;
const BINARY = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 } as const;
const DECIMAL = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const MAX_LENGTH = 30;

/** The size, in cores or bytes; `undefined` for what is no quantity, and for a negative one. */
export function parseQuantity(text: string): number | undefined {
  const [, digits, binary, decimal = '', exponent] = text.length > MAX_LENGTH ? [] : (FORM.exec(text) ?? []);
  if (digits === undefined) return undefined;
  if (binary !== undefined) return Number(digits) * 1024 ** BINARY[binary as keyof typeof BINARY];
  // One number in its own notation is read exactly: 0.1 × 10³ would not be 100.
  return Number(`${digits}e${exponent ?? DECIMAL[decimal as keyof typeof DECIMAL]}`);
}

/** The API server counts cores in thousandths. */
const LEAST_CORES = 0.001;
/** A quantity that no program fits into was written in another unit. */
const LEAST_BYTES = 1024;

function whyNotCpu(text: string): string | undefined {
  const cores = parseQuantity(text);
  if (cores === undefined) return 'use a number of cores such as 0.5 or 2, or thousandths of one such as 100m';
  return cores < LEAST_CORES ? 'use 1m, a thousandth of a core, or more' : undefined;
}

function whyNotBytes(text: string): string | undefined {
  const bytes = parseQuantity(text);
  if (bytes === undefined) {
    const [, digits = '', unit = ''] = /^(\d+)\s*([kmgt])i?b$/i.exec(text) ?? [];
    const meant = unit === '' ? '' : `: ${digits}${unit === 'k' || unit === 'K' ? 'k' : unit.toUpperCase()}, perhaps`;
    return `use a number of bytes such as 128Mi, 1.5Gi or 500M${meant}`;
  }
  if (bytes >= LEAST_BYTES) return undefined;
  const [, digits] = /^(\d+)m$/.exec(text) ?? [];
  return digits === undefined
    ? `use ${LEAST_BYTES} bytes or more, such as 128Mi`
    : `m is a thousandth of a byte: write ${digits}M or ${digits}Mi`;
}

/** YAML reads `cpu: 2` as a number. */
const quantity = (whyNot: (text: string) => string | undefined) =>
  z.union([z.string(), z.number()]).superRefine((written, context) => {
    const message = whyNot(String(written));
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

export const resourceFields = {
  cpu: quantity(whyNotCpu).optional().describe('Cores: 0.5, or 500m.'),
  memory: quantity(whyNotBytes).optional().describe('Bytes: 128Mi, or 500M.'),
} as const;
