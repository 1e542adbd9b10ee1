import type { Grade, LngLat } from '../api/types';

export const DESKS = ['plan', 'command', 'analysis', 'data'] as const;
export const GRADES: readonly Grade[] = ['nominal', 'serviceable', 'verified'];
export const LEVELS = ['district', 'subdistrict', 'community', 'grid', 'estate', 'quarter', 'built_up'] as const;
export const COLUMNS = ['name', 'buildings', 'residents', 'share', 'floor', 'people', 'unknown', 'hose', 'circle_only', 'engine', 'built', 'sound'] as const;

/** By what buildings are coloured: circles, hose, the difference of both, who arrives when, which vehicles get there, or the band of risk. */
export const SHOWINGS = ['circle', 'hose', 'versus', 'micro', 'engine', 'access', 'risk'] as const;
/** What may fail: a hydrant that breaks, a road that is blocked. */
export const FAILING = ['hydrant', 'road'] as const;

export type Desk = (typeof DESKS)[number];
export type Showing = (typeof SHOWINGS)[number];
export type Failing = (typeof FAILING)[number];
export type Lang = 'zh' | 'en';
export type Theme = 'light' | 'dark';
export type Level = (typeof LEVELS)[number];
export type Column = (typeof COLUMNS)[number];
export interface Selection { layer: string; id: number }
export interface Camera { zoom: number; lat: number; lng: number }

/** Everything a link holds. What is absent takes its default. */
export interface Link {
  camera: Camera | null;
  desk: Desk;
  grade: Grade;
  showing: Showing;
  lang: Lang;
  theme: Theme | null;
  selected: Selection | null;
  /** A place of the map, in place of a feature, that an alarm comes from. */
  alarm: LngLat | null;
  off: string[];
  level: Level | null;
  sort: Column;
  down: boolean;
  /** Buildings stand up. */
  raised: boolean;
  /** Of what the list of what fails first is open. */
  fails: Failing | null;
  /** The map on a wall: no panels, figures in a strip, larger type. */
  wall: boolean;
}

export const START: Link = {
  camera: null,
  desk: 'plan',
  grade: 'serviceable',
  showing: 'circle',
  lang: 'zh',
  theme: null,
  selected: null,
  alarm: null,
  off: [],
  level: null,
  sort: 'share',
  down: false,
  raised: false,
  fails: null,
  wall: false,
};

function among<T extends string>(choices: readonly T[], text: string | null): T | undefined {
  return choices.find((choice) => choice === text);
}

/** A place within the world, as `lng,lat`. */
function place(text: string | null): LngLat | null {
  const [lng, lat, more] = (text ?? '').split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (more !== undefined || !Number.isFinite(lng) || !Number.isFinite(lat)) return null;
  return Math.abs(lng!) <= 180 && Math.abs(lat!) <= 85 ? [lng!, lat!] : null;
}

/** Reads the fragment of an address, such as `#15.2/29.56320/106.55210&desk=plan&sel=building/12`. */
export function read(hash: string): Link {
  const [where = '', ...rest] = hash.replace(/^#/, '').split('&');
  const values = new URLSearchParams((where.includes('=') ? [where, ...rest] : rest).join('&'));
  const [zoom, lat, lng] = where.split('/').map(Number);
  const known = [zoom, lat, lng].every((number) => Number.isFinite(number));
  const inWorld = known && Math.abs(lat!) <= 85 && Math.abs(lng!) <= 180 && zoom! >= 0 && zoom! <= 24;
  const [layer, id] = (values.get('sel') ?? '').split('/');
  return {
    camera: inWorld ? { zoom: zoom!, lat: lat!, lng: lng! } : null,
    desk: among(DESKS, values.get('desk')) ?? START.desk,
    grade: among(GRADES, values.get('grade')) ?? START.grade,
    showing: among(SHOWINGS, values.get('by')) ?? START.showing,
    lang: among<Lang>(['zh', 'en'], values.get('lang')) ?? START.lang,
    theme: among<Theme>(['light', 'dark'], values.get('theme')) ?? null,
    selected: layer && /^[a-z_]+$/.test(layer) && /^\d+$/.test(id ?? '') ? { layer, id: Number(id) } : null,
    alarm: values.has('sel') ? null : place(values.get('at')),
    off: (values.get('off') ?? '').split(',').filter((name) => /^[a-z_]+$/.test(name)),
    level: among(LEVELS, values.get('level')) ?? null,
    sort: among(COLUMNS, values.get('sort')) ?? START.sort,
    down: values.get('down') === '1',
    raised: values.get('3d') === '1',
    fails: among(FAILING, values.get('fails')) ?? null,
    wall: values.get('wall') === '1',
  };
}

/** Writes what differs from the start. */
export function write(link: Link): string {
  const { camera } = link;
  const parts: string[] = [];
  if (camera) parts.push(`${+camera.zoom.toFixed(2)}/${camera.lat.toFixed(5)}/${camera.lng.toFixed(5)}`);
  if (link.desk !== START.desk) parts.push(`desk=${link.desk}`);
  if (link.grade !== START.grade) parts.push(`grade=${link.grade}`);
  if (link.showing !== START.showing) parts.push(`by=${link.showing}`);
  if (link.level) parts.push(`level=${link.level}`);
  if (link.sort !== START.sort) parts.push(`sort=${link.sort}`);
  if (link.down) parts.push('down=1');
  if (link.raised) parts.push('3d=1');
  if (link.fails) parts.push(`fails=${link.fails}`);
  if (link.wall) parts.push('wall=1');
  if (link.selected) parts.push(`sel=${link.selected.layer}/${link.selected.id}`);
  if (link.alarm && !link.selected) parts.push(`at=${link.alarm.map((degrees) => degrees.toFixed(6)).join(',')}`);
  if (link.off.length) parts.push(`off=${[...link.off].sort().join(',')}`);
  if (link.lang !== START.lang) parts.push(`lang=${link.lang}`);
  if (link.theme) parts.push(`theme=${link.theme}`);
  return parts.length ? `#${parts.join('&')}` : '';
}
