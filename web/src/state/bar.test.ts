import { describe, expect, it } from 'vitest';
import type { RiskFactor, RiskPart } from '../api/risk';
import { pieces } from './bar';

const factor = (part: RiskPart, contribution: number): RiskFactor => ({
  id: 'x', title: { zh: '', en: '' }, part, points: 0, most: 10, between: [0, 10], contribution,
  from: 'observed', default: null, inputs: [], clause: '', edition: '', certainty: 'unverified',
});

describe('the bar of a score', () => {
  const factors = [factor('dangers', 0.1), factor('hazard', 0.2), factor('hazard', 0.7), factor('protection', 12.35)];

  it('has one piece a part in the order of the formula, parts without points too', () => {
    expect(pieces({ factors })).toEqual([
      { part: 'hazard', hundredths: 90 },
      { part: 'exposure', hundredths: 0 },
      { part: 'protection', hundredths: 1235 },
      { part: 'dangers', hundredths: 10 },
    ]);
  });

  it('sums to the raw score in hundredths, though its points are no exact numbers', () => {
    expect(pieces({ factors }).reduce((sum, piece) => sum + piece.hundredths, 0)).toBe(1335);
  });
});
