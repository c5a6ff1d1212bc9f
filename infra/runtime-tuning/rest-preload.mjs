// @ts-check
/** Preloaded into every thread of Landfall's processes. */
import { giveBackAtRest } from './rest.mjs';

giveBackAtRest();
