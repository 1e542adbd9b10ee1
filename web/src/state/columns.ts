import type { AreaRow, Grade } from '../api/types';
import { soundRate } from '../words/numbers';
import type { Column } from './link';

/** The value of a column of the table of areas; shares and rates are fractions of one. */
export function cell(row: AreaRow, column: Column, grade: Grade): string | number | null {
  const result = row.grades.find((entry) => entry.grade === grade);
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
    case 'built':
      return row.built?.rate ?? null;
    case 'sound':
      return soundRate(row.sound);
  }
}

/** Rows in the order of a column; what has no value comes last either way. */
export function sorted(rows: readonly AreaRow[], column: Column, grade: Grade, down: boolean): AreaRow[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [cell(a, column, grade), cell(b, column, grade)];
    if (x === null || y === null) return x === y ? a.id - b.id : x === null ? 1 : -1;
    const order = typeof x === 'string' ? x.localeCompare(String(y), 'zh') : x - Number(y);
    return sign * order || a.id - b.id;
  });
}

/** How a column colours the map, 0 the worst and 1 the best; null for a column that says neither. */
export function rank(row: AreaRow, column: Column, grade: Grade): number | null {
  const value = cell(row, column, grade);
  if (typeof value !== 'number' || column === 'buildings' || column === 'residents') return null;
  const bounded = Math.min(1, Math.max(0, value));
  return column === 'unknown' ? 1 - bounded : bounded;
}
