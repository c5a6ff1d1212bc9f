/**
 * Attributes that a person can search for in the Temporal UI. Values are never encrypted, so nothing secret goes here.
 */
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';

export const SearchAttributes = {
  project: defineSearchAttributeKey('LandfallProject', SearchAttributeType.KEYWORD),
  service: defineSearchAttributeKey('LandfallService', SearchAttributeType.KEYWORD),
  environment: defineSearchAttributeKey('LandfallEnvironment', SearchAttributeType.KEYWORD),
  commit: defineSearchAttributeKey('LandfallCommit', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('LandfallState', SearchAttributeType.KEYWORD),
} as const;
