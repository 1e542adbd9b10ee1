import type { RiskBand } from '../api/risk';
import { store } from '../state/city.svelte';
import { risk } from '../state/risk.svelte';
import { ground } from '../state/ground.svelte';
import type { AccessFinding } from '../api/ground';
import type { Column } from '../state/link';
import { view } from '../state/view.svelte';
import type { Property, Rule, Sound, Text } from '../api/types';
import * as numbers from './numbers';
import { say, WORDS, type Word } from './words';

/** Words and numbers in the language now chosen. Used in components they follow the switch. */
export const t = (word: Word, values?: Record<string, string | number>): string => say(view.lang, word, values);
export const pick = (text: Text): string => text[view.lang];
export const count = (value: number | null | undefined): string => numbers.count(view.lang, value);
export const duration = (seconds: number): string => numbers.duration(view.lang, seconds);
export const moment = (value: string, zone: string): string => numbers.moment(view.lang, value, zone);
export const { percent, metres, covered, soundRate } = numbers;

/** The rate of hydrants in service as a person reads it: unknown where hydrants are there but no state is. */
export const soundText = (sound: Sound | null | undefined): string =>
  sound?.all && sound.unknown === sound.all ? t('figure.unknown.rate') : percent(soundRate(sound));

/** The name of a column of the table of areas. */
export const columnName = (column: Column): string => t(`table.${column}`, { third: duration(ground.told?.shown_at_s[2] ?? 300) });

const inUnit = (value: unknown, unit: string | null): string =>
  `${typeof value === 'number' ? numbers.number(view.lang, value) : String(value)} ${unit === 'sides' ? t('unit.sides') : (unit ?? '')}`.trim();

/** What was measured for a finding of access, with its unit. */
export const measured = (finding: AccessFinding): string =>
  finding.measured === null ? t('access.unmeasured') : t('access.measured', { value: inUnit(Math.round(finding.measured * 100) / 100, finding.rule.unit) });

/** What a rule asks for, in short: 应 ≥ 4 m. */
export function asked(rule: Rule): string {
  const sign = { '<=': '≤', '>=': '≥' }[rule.comparator ?? ''] ?? rule.comparator ?? '';
  const strength = rule.strength && rule.strength in WORDS ? t(rule.strength as Word) : '';
  return `${strength} ${sign} ${inUnit(rule.value, rule.unit)}`.trim();
}

/** Points of a score, two decimals as everywhere. */
export const points = (value: number): string => value.toFixed(2);

/** What a band of risk is called: as the model in force calls it. */
export function bandName(band: RiskBand): string {
  const told = risk.told?.bands.find(({ id }) => id === band);
  return told ? pick(told.title) : t(`risk.band.${band}`);
}

/** Who did something, as the change log names them. */
export const actorName = (actor: string): string => (`history.by.${actor}` in WORDS ? t(`history.by.${actor}` as Word) : actor);

/** Whether a road can be used, as far as anything is on record. */
export const passage = (blocked: Property | undefined): string =>
  t(blocked === true ? 'edit.barred' : blocked === false ? 'edit.passable' : 'edit.unbarred');

/** The name of a layer of the model. */
export function layerName(layer: string): string {
  const found = store.model?.layers.find((entry) => entry.name === layer);
  return found ? pick(found) : layer;
}

/** The label of a code, such as `in_service` of a hydrant's `state`. */
export function label(layer: string, field: string, code: string): string {
  const choice = store.field(layer, field)?.choices?.find((entry) => entry.code === code);
  return choice ? pick(choice) : code;
}

/** A value of a field as a person reads it. */
export function shown(layer: string, field: string, value: Property): string {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:/.test(value)) return moment(value, store.city?.zone ?? 'UTC');
  if (typeof value === 'string') return label(layer, field, value);
  if (value === null) return '—';
  const unit = store.field(layer, field)?.unit;
  const text = field.startsWith('year') ? String(value) : numbers.number(view.lang, value);
  return unit ? `${text} ${view.lang === 'en' && unit === '人' ? '' : unit}`.trim() : text;
}
