/** `v1.2.0` is version 1.2.0; what no image tag may hold becomes a dash (OCI distribution-spec, "Pulling manifests"). */
export const imageTagOf = (tag: string): string =>
  tag
    .replace(/^v(?=\d)/, '')
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 128);
