import { patched } from '@temporalio/workflow';
import { isOnePerson, isSameActor } from '../../contracts/core/actor.ts';

/**
 * Whether an actor is a lock's owner. A lock once held back what its owner did through another door; what ran then
 * replays so. Asked when gates are made and not where it matters: queries ask what is blocked, too, and must leave no
 * mark in the history.
 */
export const lockOwner = (): typeof isOnePerson =>
  patched('lock-owner-whatever-the-door') ? isOnePerson : isSameActor;
