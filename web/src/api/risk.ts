/** The risk score, as the server's API tells it. All points have two decimals. */
import { get, query } from './client';
import type { Text } from './types';

export const BANDS = ['red', 'orange', 'yellow', 'blue'] as const;
export type RiskBand = (typeof BANDS)[number];
export const PARTS = ['hazard', 'exposure', 'protection', 'dangers'] as const;
export type RiskPart = (typeof PARTS)[number];
export type RankBy = 'score' | 'without_d' | 'missing';

export interface RiskTold {
  legend: Text;
  certainty: string;
  version: string;
  bands: { id: RiskBand; title: Text; from: number; buildings: number; residents: number }[];
  parts: { id: RiskPart; letter: string; weight: number }[];
}

export interface RiskInput { name: string; value: unknown; unit: string }
export interface RiskFactor {
  id: string;
  title: Text;
  part: RiskPart;
  points: number;
  most: number;
  between: [low: number, high: number];
  contribution: number;
  from: 'observed' | 'derived' | 'default' | 'unknown';
  default: Text | null;
  inputs: RiskInput[];
  clause: string;
  edition: string;
  certainty: string;
}
export interface RiskMeasure { id: string; said: Text; falls: number; raw_falls: number; may_rise: number; finds_out: boolean; about: number | null }
export interface RiskCard {
  id: number;
  model: string;
  legend: Text;
  care: Text;
  day: string;
  revision: number;
  way: 'hose' | 'straight';
  score: number;
  raw: number;
  between: [least: number, most: number];
  floor: { id: string; least: number; lifts: boolean } | null;
  band: RiskBand;
  bands: [least: RiskBand, most: RiskBand];
  completeness: number;
  without_d: number;
  parts: { id: RiskPart; points: number; weight: number }[];
  factors: RiskFactor[];
  dangers: { id: number; kind: string | null; grade: string | null; overdue_d: number; reopened: boolean; contribution: number }[];
  classes: { id: string; title: Text; is: 'yes' | 'unknown'; missing: string[] }[];
  measures: RiskMeasure[];
}

export interface RankedRow {
  id: number;
  name: string | null;
  address: string | null;
  score: number;
  between: [least: number, most: number];
  band: RiskBand;
  worst_band: RiskBand;
  completeness: number;
  without_d: number;
}
export interface Ranking { by: RankBy; of: number; rows: RankedRow[] }

export interface RiskArea {
  id: number | null;
  name: string | null;
  buildings: number;
  by_band: [number, number, number, number];
  share_pct: [number, number, number, number] | null;
  residents_worst: number;
  little_known: number;
  dangers: { open: number; overdue: number };
  fires: number;
  fires_base: number;
}
export interface RiskAreas { revision: number; base_year: number; whole: RiskArea; rows: RiskArea[] }

export const risk = {
  model: () => get<RiskTold>('api/risk'),
  building: (id: number, signal?: AbortSignal) => get<RiskCard>(`api/risk/building/${id}`, signal),
  ranking: (by: RankBy, area: number | undefined, most: number) => get<Ranking>(`api/risk/ranking?${query({ by, area, most })}`),
  areas: (level: string) => get<RiskAreas>(`api/risk/areas?${query({ level })}`),
};
