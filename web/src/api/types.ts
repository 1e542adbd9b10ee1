/** What the server's API gives, as its description at /api/openapi.json has it. */

export type Grade = 'nominal' | 'serviceable' | 'verified';
export type Covered = 'whole' | 'part' | 'not' | 'unknown' | 'not_assessed';
export type LngLat = [number, number];
export type Box = [west: number, south: number, east: number, north: number];

export type Counts = Record<Covered, number>;
export interface Text { zh: string; en: string }
/** Why something is not assessed. */
export interface NotAssessed extends Text { code: string }

export interface Built { existing: number; required: number; rate: number | null; how?: 'roads' | 'plan' | 'mixed' | 'not_assessed' }
export interface Sound { in_service: number; out: number; obstructed: number; unknown: number; all: number; rate: number | null }

export interface City {
  revision: number;
  /** The id of the last event of `/api/live`. */
  told: string;
  day: string;
  zone: string;
  demo: boolean;
  /** The data file cannot be read now; what is told is of `as_of`, RFC 3339. */
  stale?: boolean;
  as_of?: string | null;
  bounds: Box | null;
  layers: { layer: string; zh: string; en: string; count: number }[];
  sources: { name: string; attribution: string | null; demo: boolean }[];
  rules: { id: string; title_zh: string; title_en: string; not_assessed: NotAssessed | null };
  radius_m: number;
  /** The circle that counts buildings around a hydrant; null where no rule of the pack has one. */
  circle_m: number | null;
  figures: {
    buildings: number;
    hydrants: number;
    areas: number;
    by_grade: Record<Grade, Counts>;
    residents: { known: number; covered: Record<Grade, number> | null } | null;
    built: Built | null;
    sound: Sound | null;
  };
}

export interface ModelField {
  name: string;
  zh: string;
  en: string;
  unit: string | null;
  type: string;
  choices: (Text & { code: string })[] | null;
}
export interface ModelLayer extends Text { name: string; geometry: string; fields: ModelField[] }
export interface Model { layers: ModelLayer[] }

export type Property = string | number | boolean | null;
export interface Geometry { type: string; coordinates: unknown }
export interface Feature {
  type: 'Feature';
  id: number;
  geometry: Geometry;
  bbox?: Box;
  properties: Record<string, Property>;
  layer: string;
  /** The place in the change log of its last change. */
  revision?: number;
  source?: string | null;
  source_key?: string | null;
  flaw?: string | null;
  provenance?: (Partial<Standing> & { last_seen?: Standing | null }) | null;
}
/** A row of an imported file. */
export interface Standing { file: string | null; row: number; sha256?: string | null; imported?: string | null; actor?: string | null }
export interface FeaturePage { features: Feature[]; next: number | null }

export interface Hit { layer: string; id: number; name: string; detail: string | null; at: LngLat; bbox: Box | null }

export interface Rule {
  id: string;
  zh: string;
  en: string;
  value: number | string | boolean | (number | string)[];
  comparator?: string;
  unit: string | null;
  metric?: string | null;
  strength: string | null;
  clause: string;
  edition: string;
  from?: string | null;
  until?: string | null;
  certainty: string;
  not_assessed?: NotAssessed | null;
}
export interface RulePack { id: string; title_zh: string; title_en: string; rules: Rule[] }

export interface HydrantRef {
  id: number;
  name: string | null;
  kind: string;
  state: string | null;
  at: LngLat;
  inspected: string | null;
}
export interface NearHydrant extends HydrantRef {
  grade: Grade | 'none';
  distance_m: number;
  within: boolean | null;
  pressure_mpa: number | null;
  flow_lps: number | null;
  remark: Text | null;
}
export interface GradeResult {
  grade: Grade;
  covered: Covered;
  not_assessed: NotAssessed | null;
  hydrant: HydrantRef | null;
  distance_m: number | null;
  worst_m: number | null;
  within: number | null;
  rule: Rule;
  reason: Text;
}
export interface BuildingCoverage {
  id: number;
  source_key: string | null;
  name: string | null;
  areas: { level: string; id: number; name: string }[];
  day: string;
  revision: number;
  floor_area_m2: { value: number; how: 'given' | 'derived' | 'footprint' };
  grades: GradeResult[];
  nearest: NearHydrant[];
}

export interface AreaGrade extends Counts {
  grade: Grade;
  share_buildings: number | null;
  share_floor_area: number | null;
  share_residents: number | null;
}
export interface AreaRow {
  id: number;
  code: string | null;
  name: string;
  level: string;
  buildings: number;
  floor_area_m2: number;
  floor_area_guessed: number;
  residents: number | null;
  residents_known: number;
  grades: AreaGrade[];
  built: Built | null;
  sound: Sound | null;
  bbox?: Box | null;
}
export interface AreaTable { level: string; day: string; revision: number; rows: AreaRow[] }
