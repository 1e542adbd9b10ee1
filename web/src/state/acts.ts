import type { Property } from '../api/types';

/** What a person does with a feature from its card. */
export type Act = 'close' | 'obstruct' | 'restore' | 'good' | 'block' | 'clear' | 'bar' | 'open' | 'settle';
type Properties = Record<string, Property>;

const STATE: Record<string, Partial<Record<Act, string>>> = {
  hydrant: { close: 'out_of_service', obstruct: 'obstructed', restore: 'in_service', good: 'in_service' },
  connection: { close: 'out_of_service', restore: 'in_service', good: 'in_service' },
  lane: { block: 'obstructed', clear: 'clear' },
  ladder_field: { block: 'obstructed', clear: 'clear' },
  danger: { settle: 'closed' },
};

/** What may be done with a feature in its present state, the usual first. Nothing leads to where it already is. */
export function acts(layer: string, { state, blocked }: Properties): Act[] {
  const is = state ?? 'unknown';
  switch (layer) {
    case 'hydrant':
      if (is === 'in_service') return ['close', 'obstruct'];
      return is === 'out_of_service' ? ['restore', 'obstruct'] : is === 'obstructed' ? ['restore', 'close'] : ['close', 'obstruct', 'good'];
    case 'connection':
      return is === 'in_service' ? ['close'] : is === 'out_of_service' ? ['restore'] : ['close', 'good'];
    case 'lane':
    case 'ladder_field':
      return is === 'obstructed' ? ['clear'] : is === 'clear' ? ['block'] : ['block', 'clear'];
    case 'road':
      return blocked === true ? ['open'] : ['bar'];
    case 'danger':
      return is === 'closed' ? [] : ['settle'];
    default:
      return [];
  }
}

/** The field that an act is about. */
export const fieldOf = (act: Act): 'state' | 'blocked' => (act === 'bar' || act === 'open' ? 'blocked' : 'state');

/** What an act writes: only fields that change. */
export function written(layer: string, act: Act, before: Properties, now: Date): Properties {
  if (fieldOf(act) === 'blocked') return { blocked: act === 'bar' };
  const state = STATE[layer]?.[act] ?? null;
  if (act === 'settle') return { state, closed: now.toISOString().replace(/\.\d+Z$/, 'Z') };
  // What stood in a lane is gone with it.
  if (layer === 'lane' && act === 'clear' && before['obstructed_by'] != null) return { state, obstructed_by: null };
  return { state };
}
