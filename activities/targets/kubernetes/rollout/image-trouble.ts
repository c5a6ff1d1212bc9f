/**
 * The reasons why a node cannot pull an image, by the words of containerd, CRI-O and registries. Kubernetes has no codes
 * for them.
 */
import { FailureType } from '../../../../contracts/core/failures.ts';

type Meaning = readonly [pattern: RegExp, type: FailureType, advice: string];

const { DigestMismatch, DiskFull, ImageNotFound, InvalidConfiguration, RegistryRefused, RegistryUnavailable } =
  FailureType;

/** In this order: the words of a refusal, or of another processor, may also hold "not found". */
const MEANINGS: readonly Meaning[] = [
  [/no space left on device|disk quota exceeded/i, DiskFull, 'Free some space on the node.'],
  [
    /no match for platform|no matching manifest|no image found in (manifest list|image index)/i,
    InvalidConfiguration,
    "Build the image for the nodes' processor, too.",
  ],
  [
    /unexpected commit digest|digest mismatch|failed size validation/i,
    DigestMismatch,
    'The registry served other content than requested.',
  ],
  [
    /x509|certificate|HTTP response to HTTPS client/i,
    RegistryRefused,
    'Give the registry a certificate that the nodes trust, or name it as a plain-HTTP one in their container runtime.',
  ],
  [
    /\b40[13]\b|unauthorized|authori[sz]ation failed|authentication required|no basic auth|access denied|denied:|forbidden|insufficient_scope/i,
    RegistryRefused,
    'Give the cluster access: "pullAuthFile" in LANDFALL_CLUSTERS_FILE, or "pullSecrets" of the service in landfall.yaml.',
  ],
  [/not found|manifest unknown|name unknown|does not exist|\b404\b/i, ImageNotFound, 'Build the commit again.'],
];

const UNREACHABLE: Meaning = [
  /./,
  RegistryUnavailable,
  'Check that the registry runs, and that the nodes of the cluster reach it.',
];

/**
 * @param words - of the node; anything but a clearly final error may pass
 * @param image - whose name may hold words of its own, and says nothing about the reason
 */
export function imageMeaning(words: string, image: string): { readonly type: FailureType; readonly advice: string } {
  const bare = (image === '' ? words : words.replaceAll(image, '')).replaceAll(/"[^"]*"/g, '');
  const [, type, advice] = MEANINGS.find(([pattern]) => pattern.test(bare)) ?? UNREACHABLE;
  return { type, advice };
}
