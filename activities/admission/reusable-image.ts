import type { BuiltFrom, KnownImage } from '../../contracts/admission/admission.ts';
import type { Catalogue, ImageLookup } from './catalogue.port.ts';

/**
 * An image that was built from the same commit with the same settings and that the registry still has. A registry
 * that does not answer costs a build, never a release.
 */
export async function reusableImage(
  { catalogue, registry }: { readonly catalogue: Catalogue; readonly registry?: ImageLookup },
  from: BuiltFrom,
  signal: AbortSignal,
): Promise<KnownImage | undefined> {
  if (!registry) return undefined;
  const [newest] = await catalogue.imagesOf(from);
  if (!newest) return undefined;
  const exists = await registry.imageExists(newest.image, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return false;
  });
  return exists ? newest : undefined;
}
