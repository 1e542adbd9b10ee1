import type { GroundArea } from '../api/ground';
import type { AreaRow, Grade } from '../api/types';
import { soundRate } from '../words/numbers';
import type { Column } from './link';

/** Area → what is found there along the ground. */
export type Grounds = ReadonlyMap<number, GroundArea>;

/** The value of a column of the table of areas; shares and rates are fractions of one. */
export function cell(row: AreaRow, column: Column, grade: Grade, ground?: Grounds): string | number | null {
  const result = row.grades.find((entry) => entry.grade === grade);
  const rates = ground?.get(row.id)?.rates;
  const hose = rates?.hose.find((entry) => entry.grade === grade);
  const share = (n: number | undefined): number | null => (n !== undefined && rates?.all.buildings ? n / rates.all.buildings : null);
  switch (column) {
    case 'name':
      return row.name;
    case 'buildings':
      return row.buildings;
    case 'residents':
      return row.residents;
    case 'share':
      return result?.share_buildings ?? null;
    case 'floor':
      return result?.share_floor_area ?? null;
    case 'people':
      return result?.share_residents ?? null;
    case 'unknown':
      return result && row.buildings > result.not_assessed ? result.unknown / (row.buildings - result.not_assessed) : null;
    case 'hose':
      return share(hose?.within.buildings);
    case 'circle_only':
      return result?.not_assessed ? null : share(hose?.circle_only.buildings);
    case 'engine':
      return share(rates?.engine.shown.at(-1)?.buildings);
    case 'built':
      return row.built?.rate ?? null;
    case 'sound':
      return soundRate(row.sound);
  }
}

/** Rows in the order of a column; what has no value comes last either way. */
export function sorted(rows: readonly AreaRow[], column: Column, grade: Grade, down: boolean, ground?: Grounds): AreaRow[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [cell(a, column, grade, ground), cell(b, column, grade, ground)];
    if (x === null || y === null) return x === y ? a.id - b.id : x === null ? 1 : -1;
    const order = typeof x === 'string' ? x.localeCompare(String(y), 'zh') : x - Number(y);
    return sign * order || a.id - b.id;
  });
}

/** Columns of which little is good. */
export const LESS_IS_GOOD: readonly Column[] = ['unknown', 'circle_only'];

/** The share covered by circle alone that is coloured as the worst: half of all buildings is far more than a few. */
export const WORST_CIRCLE_ONLY = 0.5;

/** How a column colours the map, 0 the worst and 1 the best; null for a column that says neither. */
export function rank(row: AreaRow, column: Column, grade: Grade, ground?: Grounds): number | null {
  const value = cell(row, column, grade, ground);
  if (typeof value !== 'number' || column === 'buildings' || column === 'residents') return null;
  const bounded = Math.min(1, Math.max(0, column === 'circle_only' ? value / WORST_CIRCLE_ONLY : value));
  return LESS_IS_GOOD.includes(column) ? 1 - bounded : bounded;
}
