import { expect, test } from 'vitest';
import type { GroundCard } from '../api/ground';
import { reachMarks, wayMarks } from './ways';

const way = { way_m: 90, at: [3, 3], path: [[0, 0], [1, 1], [3, 3]] };
const crew = { total_s: 200, at: [9, 9], path: [[9, 9], [1, 1]] };

test('each way is a line with a mark at its end, hoses over crews, the nearest on top', () => {
  const card = { hoses: [way, { ...way, way_m: 120 }], micro: [crew], engine: [{ ...crew, path: [] }] } as unknown as GroundCard;
  const marks = wayMarks(card, (m) => `${m} m`, (s) => `${s} s`);
  const lines = marks.filter(({ geometry }) => geometry.type === 'LineString').map(({ role, nth }) => `${role} ${nth}`);
  expect(lines).toEqual(['way-micro 1', 'way-hose 2', 'way-hose 1']);
  const texts = marks.filter(({ role }) => role === 'way-text').map(({ text }) => text);
  expect(texts).toEqual(['200 s', '200 s', '120 m', '90 m']);
  expect(marks.filter(({ role }) => role === 'way-foot')).toHaveLength(2);
});

test('a reach is drawn from its widest band to its nearest, without the areas it does not have', () => {
  const lines = { type: 'MultiLineString', coordinates: [] } as GeoJSON.MultiLineString;
  const area = { type: 'MultiPolygon', coordinates: [] } as GeoJSON.MultiPolygon;
  const reach = { by: 'engine', unit: 's' as const, breaks: [60, 180], bands: [{ upto: 60, lines, area: null }, { upto: 180, lines, area }] };
  expect(reachMarks(reach).map(({ role, nth }) => `${role} ${nth}`)).toEqual(['reach-area 2', 'reach-line 2', 'reach-line 1']);
});
