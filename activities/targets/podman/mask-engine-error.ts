import type { VariableValues } from '../../../contracts/config/variables.ts';
import { mask } from '../../logs/masker.ts';
import { PodmanError } from '../../podman/client.ts';
import { masked, secretsOf } from '../mask-error.ts';

/** {@link masked}, for the engine's own errors as well: their words may hold what a container was given. */
export const maskedByEngine = (error: unknown, values: VariableValues | null): unknown =>
  error instanceof PodmanError
    ? new PodmanError(error.status, mask(error.message, secretsOf(values)))
    : masked(error, values);
