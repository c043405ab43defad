import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { RunState } from '../artifacts/run-record.js';

/** What runs can be found by on Temporal's page and in its queries: a convenience. The record in the store is the archive. */
export const searchAttributes = {
  recipe: defineSearchAttributeKey('MortarRecipe', 'KEYWORD'),
  profile: defineSearchAttributeKey('MortarProfile', 'KEYWORD'),
  state: defineSearchAttributeKey('MortarState', 'KEYWORD'),
  /** Stages that wait for a decision. */
  held: defineSearchAttributeKey('MortarHeld', 'INT'),
} as const;

export function runAttributes(recipe: string, profile: string | null): SearchAttributePair[] {
  return [
    { key: searchAttributes.recipe, value: recipe },
    ...(profile === null ? [] : [{ key: searchAttributes.profile, value: profile }]),
    ...stateAttributes('running', 0),
  ];
}

export function stateAttributes(state: RunState, held: number): SearchAttributePair[] {
  return [
    { key: searchAttributes.state, value: state },
    { key: searchAttributes.held, value: held },
  ];
}
