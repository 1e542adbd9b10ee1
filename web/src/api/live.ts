import type { LngLat, Property } from './types';

/** Where the server stands, told first on every connection of `/api/live`. `told` is the id of the event. */
export interface Hello { load: number; revision: number; day: string; told: string }
export type Tile = [z: number, x: number, y: number];
/** A feature that became different, with its public properties; `gone` where it is no longer there. */
export interface ChangedFeature { layer: string; id: number; gone?: true; properties?: Record<string, Property>; at?: LngLat }
/** What became different with a new revision or day, or when something was found for the present one. */
export interface Change extends Hello {
  features: ChangedFeature[];
  features_left_off: number;
  /** Source → tiles whose bytes may differ. */
  tiles: Record<string, Tile[] | 'all'>;
  areas: 'changed' | 'same';
}
