import type { Property } from '../api/types';

const STATES = ['in_service', 'out_of_service', 'obstructed'];

/** The sprite's name for a water supply: its shape says the kind, its fill the state. */
export function waterSymbol(kind: string, state: string | null): string {
  const shape = kind === 'cistern' ? 'cistern' : kind === 'natural_intake' ? 'intake' : 'hydrant';
  return `${shape}-${state && STATES.includes(state) ? state : 'unknown'}`;
}

/** The sprite's name for a feature as the style draws it; none for what the map draws without a symbol. */
export function symbolOf(layer: string, properties: Record<string, Property>): string | null {
  const kind = String(properties['kind'] ?? '');
  switch (layer) {
    case 'hydrant':
      return waterSymbol(kind, String(properties['state'] ?? ''));
    case 'station':
      return kind === 'fire_station' || kind === 'volunteer' ? `station-${kind}` : 'station-micro';
    case 'connection':
    case 'danger':
    case 'incident':
    case 'sensor':
    case 'place':
      return layer;
    default:
      return null;
  }
}
