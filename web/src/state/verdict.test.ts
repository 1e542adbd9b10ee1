import { expect, test } from 'vitest';
import type { GroundCard, HoseWay, Laid } from '../api/ground';
import { verdict } from './verdict';

const card = (laid: Laid, way_m: number | null, on_foot = true): GroundCard => ({
  day: '2026-11-22', revision: 1, grade: 'serviceable', limit_m: 153, laid, on_foot, by_engine: true,
  hoses: way_m === null ? [] : [{ way_m } as HoseWay], micro: [], engine: [],
});

test('a building inside the circle that hose does not reach is told with the metres it would take', () => {
  expect(verdict(card('beyond', 312), 'whole')).toEqual({ word: 'verdict.circle_only', way_m: 312, limit_m: 153 });
  expect(verdict(card('beyond', null), 'whole').word).toBe('verdict.circle_only.none');
});

test('unknown says why: no way to a road, or hydrants of unknown state', () => {
  expect(verdict(card('unknown', null, false), 'whole').word).toBe('verdict.no_road');
  expect(verdict(card('unknown', null), 'whole').word).toBe('verdict.states');
  expect(verdict(card('unknown', 400), 'not').word).toBe('verdict.states.way');
});

test('hose is told by itself of a place, and where rules assess no circle', () => {
  for (const circle of [null, 'not_assessed'] as const) {
    expect(verdict(card('within', 80), circle).word).toBe('verdict.within');
    expect(verdict(card('beyond', 300), circle).word).toBe('verdict.beyond');
  }
});

test('a circle that covers in part is not called outside', () => {
  expect(verdict(card('within', 80), 'part').word).toBe('verdict.hose_only.part');
  expect(verdict(card('within', 80), 'not').word).toBe('verdict.hose_only');
  expect(verdict(card('beyond', 300), 'part').word).toBe('verdict.neither');
});
