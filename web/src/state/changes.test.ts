import { expect, test } from 'vitest';
import type { Change } from '../api/live';
import type { Feature } from '../api/types';
import { gather, lacks, Pace } from './changes';
import { follow } from './faults.svelte';
import { lineOf } from './line';

const change = (more: Partial<Change>): Change => ({
  load: 1, revision: 1, day: '2026-11-22', told: 'a.1-1', features: [], features_left_off: 0, tiles: {}, areas: 'same', ...more,
});

test('changes come to each tile once and each feature as it was last told', () => {
  const got = gather([
    change({ tiles: { fire: [[14, 1, 2]], base: [[0, 0, 0]] }, features: [{ layer: 'hydrant', id: 1, properties: { state: 'obstructed' } }] }),
    change({ tiles: { fire: [[14, 1, 2], [15, 2, 4]] }, features: [{ layer: 'hydrant', id: 1, gone: true }], areas: 'changed' }),
  ]);
  expect(got).toEqual({
    tiles: { fire: [[14, 1, 2], [15, 2, 4]], base: [[0, 0, 0]] },
    features: [{ layer: 'hydrant', id: 1, gone: true }],
    whole: true,
    areas: true,
  });
});

test('all tiles of a source stay all, whatever else is listed', () => {
  const tiles = [{ fire: [[1, 0, 0]] }, { fire: 'all' }, { fire: [[1, 1, 0]] }] as Change['tiles'][];
  expect(gather(tiles.map((listed) => change({ tiles: listed }))).tiles).toEqual({ fire: 'all' });
});

test('features that were left off make the list no whole one', () => {
  expect(gather([change({}), change({ features_left_off: 3 })]).whole).toBe(false);
});

test('after quiet a change shows at once, in a rain of them the screen is brought up to date every two seconds at most', () => {
  const pace = new Pace();
  expect(pace.wait(10_000)).toBe(0);
  let now = 10_000;
  const gaps = Array.from({ length: 12 }, () => {
    const wait = pace.wait(now + 5);
    now += 5 + wait;
    return wait;
  });
  expect(gaps[0]).toBeLessThan(500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2000);
  expect(gaps.at(-1)).toBeGreaterThan(1900);
  expect(pace.wait(now + 60_000)).toBe(0);
});

test('the list of faults follows: what is mended leaves it, what breaks comes in order of number', () => {
  const feature = (id: number): Feature => ({ type: 'Feature', layer: 'hydrant', id, properties: { state: 'obstructed' }, geometry: { type: 'Point', coordinates: [0, 0] } });
  const now = follow([feature(2), feature(5), feature(9)], 'hydrant', [
    { layer: 'hydrant', id: 5, properties: { state: 'in_service' }, at: [0, 0] },
    { layer: 'hydrant', id: 9, gone: true },
    { layer: 'hydrant', id: 1, properties: { state: 'out_of_service' }, at: [1, 1] },
    { layer: 'lane', id: 2, properties: { state: 'clear' }, at: [1, 1] },
  ]);
  expect(now.map(({ id }) => id)).toEqual([1, 2]);
});

test('the line is live only while the server tells by itself, and lost only while it does not answer', () => {
  expect(lineOf('yes', 'open', true)).toBe('live');
  expect(lineOf('yes', 'broken', true)).toBe('polling');
  expect(lineOf('yes', 'opening', true)).toBe('waiting');
  expect(lineOf('no', 'open', true)).toBe('lost');
  expect(lineOf('preparing', 'broken', false)).toBe('preparing');
  expect(lineOf('preparing', 'broken', true)).toBe('lost');
  expect(lineOf('not_yet', 'open', false)).toBe('waiting');
});

test('what was told later, or by another process or load, is lacking', () => {
  expect(lacks('a.1-9', 'a.1-10')).toBe(true);
  expect(lacks('a.1-10', 'a.1-10')).toBe(false);
  expect(lacks('a.1-10', 'a.1-9')).toBe(false);
  expect(lacks('a.1-10', 'a.2-11')).toBe(true);
  expect(lacks('a.1-10', 'b.1-3')).toBe(true);
});
