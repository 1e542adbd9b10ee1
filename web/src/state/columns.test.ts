import { describe, expect, it } from 'vitest';
import type { AreaRow } from '../api/types';
import { cell, rank, sorted, type Grounds } from './columns';
import { figures } from './figures';

function row(id: number, covered: number, unknown: number, not: number): AreaRow {
  const buildings = covered + unknown + not;
  const share = buildings ? covered / buildings : null;
  const result = { whole: covered, part: 0, not, unknown, not_assessed: 0, share_buildings: share, share_floor_area: share, share_residents: null };
  return {
    id, code: null, name: `街道${id}`, level: 'subdistrict', buildings, floor_area_m2: 0, floor_area_guessed: 0, residents: null, residents_known: 0,
    grades: [{ grade: 'nominal', ...result }], built: { existing: 3, required: 2, rate: 1.5 }, sound: null,
  };
}

describe('the table of areas', () => {
  const rows = [row(1, 1, 0, 1), row(2, 0, 0, 0), row(3, 3, 1, 0)];

  it('puts what has no value last, up or down', () => {
    expect(sorted(rows, 'share', 'nominal', false).map(({ id }) => id)).toEqual([1, 3, 2]);
    expect(sorted(rows, 'share', 'nominal', true).map(({ id }) => id)).toEqual([3, 1, 2]);
  });

  it('takes the unknown over all buildings, and colours more of it worse', () => {
    expect(cell(rows[2]!, 'unknown', 'nominal')).toBe(0.25);
    expect(rank(rows[2]!, 'unknown', 'nominal')).toBe(0.75);
  });

  it('colours a rate over one as one and no rate as nothing', () => {
    expect(rank(rows[0]!, 'built', 'nominal')).toBe(1);
    expect(rank(rows[0]!, 'sound', 'nominal')).toBeNull();
    expect(rank(rows[0]!, 'buildings', 'nominal')).toBeNull();
  });
});

describe('the columns along the ground', () => {
  const sum = (buildings: number) => ({ buildings, floor_area_m2: 0, residents: 0 });
  const hose = { grade: 'nominal', within: sum(3), circle_only: sum(1) };
  const rates = { all: sum(4), hose: [hose], engine: { shown: [sum(0), sum(1), sum(2)] } };
  const grounds = new Map([[1, { id: 1, rates }]]) as unknown as Grounds;
  const area = row(1, 4, 0, 0);

  it('are shares of all buildings, and nothing where an area is not told', () => {
    const told = (['hose', 'circle_only', 'engine'] as const).map((column) => cell(area, column, 'nominal', grounds));
    expect(told).toEqual([0.75, 0.25, 0.5]);
    expect(cell(row(2, 1, 0, 0), 'hose', 'nominal', grounds)).toBeNull();
    expect(cell(area, 'hose', 'nominal')).toBeNull();
  });

  it('colour more by circle alone worse, and tell no difference where circles are not assessed', () => {
    expect(rank(area, 'circle_only', 'nominal', grounds)).toBe(0.5);
    const unassessed = { ...area, grades: area.grades.map((grade) => ({ ...grade, not_assessed: 4 })) };
    expect(cell(unassessed, 'circle_only', 'nominal', grounds)).toBeNull();
    expect(cell(unassessed, 'hose', 'nominal', grounds)).toBe(0.75);
  });
});

describe('the strip of figures', () => {
  const counts = { whole: 1, part: 1, not: 1, unknown: 1, not_assessed: 0 };
  const city = {
    rules: { not_assessed: null },
    figures: {
      buildings: 4, hydrants: 0, areas: 0,
      by_grade: { nominal: counts, serviceable: counts, verified: counts },
      residents: { known: 0, covered: { nominal: 0, serviceable: 0, verified: 0 } },
      built: null,
      sound: null,
    },
  };

  it('is empty, not zero, where there is nothing to divide by', () => {
    const strip = figures(city as never, 'nominal', null);
    expect(strip.map(({ share }) => share)).toEqual([0.25, null, null, null, 0.25]);
  });

  it('calls not assessed what the rules do not ask, apart from what has no data', () => {
    const why = { code: 'route', zh: '路径', en: 'route' };
    const none = { whole: 0, part: 0, not: 0, unknown: 0, not_assessed: 4 };
    const by_grade = { nominal: none, serviceable: none, verified: none };
    const route = { day: '2026-11-22', rules: { not_assessed: why }, figures: { ...city.figures, by_grade } };
    const strip = figures(route as never, 'nominal', { rules: [] } as never);
    const told = (id: string) => strip.find((figure) => figure.id === id)!;
    for (const id of ['covered', 'unknown']) expect(told(id)).toMatchObject({ share: null, part: null, unassessed: why });
    expect(told('built').unassessed?.en).toMatch(/no spacing/);
    expect(told('sound').unassessed).toBeNull();
  });

  it('tells no rate in service where no state is known, and counts the unknown where some are', () => {
    const sound = (in_service: number, unknown: number) => {
      const figures = { ...city.figures, sound: { in_service, out: 0, obstructed: 0, unknown, all: 4, rate: in_service / 4 } };
      return { ...city, figures };
    };
    const told = (known: number, unknown: number) =>
      figures(sound(known, unknown) as never, 'nominal', null).find(({ id }) => id === 'sound')!;
    expect(told(0, 4)).toMatchObject({ share: null, unknown: 4, missing: { word: 'missing.sound.all', n: 4 } });
    expect(told(3, 1)).toMatchObject({ share: 0.75, unknown: 1, missing: { word: 'missing.sound', n: 1 } });
  });
});
