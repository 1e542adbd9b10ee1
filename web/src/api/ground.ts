/** What is found along the ground: hose ways and arrivals, as the server's API tells them. */
import { get, query } from './client';
import type { Box, Grade, LngLat, Rule, Text } from './types';

export interface Sum { buildings: number; floor_area_m2: number; residents: number }
export interface HoseRates {
  grade: Grade;
  within: Sum;
  beyond: Sum;
  unknown: Sum;
  share_buildings: number | null;
  both: Sum;
  circle_only: Sum;
  hose_only: Sum;
  neither: Sum;
  not_compared: Sum;
  shown: Sum[];
}
export interface ArrivalRates { shown: Sum[]; later: Sum; by_nobody: Sum; unknown: Sum }
export interface GroundRates { all: Sum; hose: HoseRates[]; micro: ArrivalRates; engine: ArrivalRates }
export interface GroundTold {
  limit_m: number;
  shown_at_m: number[];
  shown_at_s: number[];
  network: { nodes: number; edges: number; km: number; pieces: number; largest_share: number | null; heights_share: number | null };
  /** Stations that send engines, and micro-stations. */
  stations: [engines: number, micro: number];
  whole: GroundRates;
}
export interface GroundState { state: 'ready' | 'computing'; day: string; revision: number; found: GroundTold | null }
export interface GroundArea { id: number; code: string | null; name: string | null; level: string; rates: GroundRates }

export interface HoseWay {
  id: number;
  name: string | null;
  kind: string | null;
  state: string | null;
  at: LngLat;
  way_m: number;
  off_road_m: [building: number, hydrant: number];
  lengths: number;
  climb_m: number | null;
  needs_pump: boolean | null;
  within: boolean;
  path: LngLat[];
}
export interface Arrival {
  id: number;
  name: string | null;
  kind: string | null;
  at: LngLat;
  by: string;
  turnout_s: number;
  travel_s: number;
  total_s: number;
  road_m: number;
  path: LngLat[];
}
export type Laid = 'within' | 'beyond' | 'unknown';
export type Versus = 'both' | 'circle_only' | 'hose_only' | 'neither' | 'unknown';
/** What hydrants within hose give a building, against what it asks for, in L/s; `null` where nobody can tell. */
export interface Supply {
  enough: 'yes' | 'no' | 'unknown';
  asked_lps: number;
  asked_most_lps: number | null;
  credited_lps: number;
  possible_lps: number | null;
  hydrants: number;
  /** Those among them whose flow was never tested. */
  untested: number;
  within_m: number;
  rules: Rule[];
}
export interface GroundCard {
  id?: number | null;
  name?: string | null;
  day: string;
  revision: number;
  grade: Grade;
  limit_m: number;
  laid: Laid;
  versus?: Versus | null;
  on_foot: boolean;
  by_engine: boolean;
  supply?: Supply | null;
  hoses: HoseWay[];
  micro: Arrival[];
  engine: Arrival[];
}

export interface ReachBand { upto: number; lines: GeoJSON.MultiLineString; area: GeoJSON.MultiPolygon | GeoJSON.Polygon | null }
export interface Reach { by: string; unit: 's' | 'm'; breaks: number[]; bands: ReachBand[] }
export interface Fragile { layer: string; id: number; name: string | null; at: LngLat; bbox?: Box | null; buildings: number; residents: number | null }
/** `gain` is null where no way from the place to a road was found. */
export interface Gain { at: LngLat; reached: boolean; gain: Sum | null }
export interface Plan { picks: { at: LngLat; gain: Sum; total: Sum }[]; bound_buildings: number; spacing_m: number }

export type AccessVerdict = 'below_must' | 'below_should' | 'below_practice' | 'unknown' | 'kept';
/** How something stands to a rule of access. `measured` is in the rule's unit, null where nobody knows. */
export interface AccessFinding {
  verdict: AccessVerdict;
  layer: string;
  id: number;
  lon: number;
  lat: number;
  rule: Rule;
  measured: number | null;
  building: number | null;
  building_name: string | null;
  /** Whether the building was built before the rule held. */
  older: boolean | null;
  said: Text;
}
export interface AccessTold { counts: { verdict: AccessVerdict; count: number }[]; rows: AccessFinding[] }
export type Gets = 'yes' | 'no' | 'unknown_width' | 'unknown';
/** Which vehicles get to a building, and what was found about it, its lanes and ladder fields, worst first. */
export interface AccessCard {
  id: number;
  within_m: number;
  engine: Gets;
  ladder_truck: Gets;
  e_vehicle: Gets;
  to_ladder_field: Gets | null;
  high_rise: string;
  findings: AccessFinding[];
}

export const ground = {
  city: (signal?: AbortSignal) => get<GroundState>('api/ground', signal),
  areas: (level: string, signal?: AbortSignal) => get<{ rows: GroundArea[] }>(`api/ground/areas?${query({ level })}`, signal),
  building: (id: number, grade: Grade, signal?: AbortSignal) =>
    get<GroundCard>(`api/ground/building/${id}?${query({ grade, most: 2 })}`, signal),
  place: ([lon, lat]: LngLat, grade: Grade, signal?: AbortSignal) =>
    get<GroundCard>(`api/ground/place?${query({ lon, lat, grade, most: 2 })}`, signal),
  reach: (layer: string, id: number, breaks?: readonly number[], signal?: AbortSignal) =>
    get<Reach>(`api/ground/reach/${layer}/${id}?${query({ breaks: breaks?.join(',') })}`, signal),
  fragile: (what: 'hydrant' | 'road', grade: Grade, signal?: AbortSignal) =>
    get<{ rows: Fragile[] }>(`api/ground/fragile?${query({ what, grade, most: 20 })}`, signal),
  access: (most: number, signal?: AbortSignal) => get<AccessTold>(`api/ground/access?${query({ most })}`, signal),
  accessOf: (layer: string, id: number, signal?: AbortSignal) =>
    get<AccessTold>(`api/ground/access?${query({ layer, id })}`, signal),
  accessTo: (building: number, signal?: AbortSignal) => get<AccessCard>(`api/ground/access/${building}`, signal),
  gain: ([lon, lat]: LngLat, grade: Grade, signal?: AbortSignal) =>
    get<Gain>(`api/ground/gain?${query({ lon, lat, grade })}`, signal),
  plan: (next: number, grade: Grade, signal?: AbortSignal) => get<Plan>(`api/ground/plan?${query({ next, grade })}`, signal),
};
