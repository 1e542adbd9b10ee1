import { expect, test } from 'vitest';
import type { Ask } from '../api/intake';
import { askKey, gathered, isSure } from './asks';

const ask = (more: Partial<Ask>): Ask => ({ about: 'word', field: null, column: null, example: null, count: 0, choices: [], ...more });

test('a question that is answered stays where it stood, and a new one comes behind it', () => {
  const unit = ask({ about: 'unit', field: 'pressure_mpa', choices: ['kPa', 'psi'] });
  const word = ask({ field: 'state', example: '待修', count: 3 });
  const first = gathered([], [unit, word]);
  const later = gathered(first, [{ ...word, count: 9 }, ask({ field: 'state', example: '坏' })]);
  expect(later.map(askKey)).toEqual(['unit pressure_mpa', 'word state 待修', 'word state 坏']);
  expect(later[1]?.count).toBe(9);
});

test('the same word of two fields is two questions', () => {
  expect(gathered([], [ask({ field: 'state', example: 'x' }), ask({ field: 'kind', example: 'x' })])).toHaveLength(2);
});

test('an encoding that nothing rivals is no question', () => {
  expect(isSure(ask({ about: 'encoding', choices: ['gb18030'] }))).toBe(true);
  expect(isSure(ask({ about: 'encoding', choices: ['gb18030', 'Big5'] }))).toBe(false);
});
