import { PARTS, type RiskCard, type RiskPart } from '../api/risk';

/** A piece of the bar of a score: a part with the points that its factors bring to the sum, in hundredths. */
export interface Piece { part: RiskPart; hundredths: number }

const hundredths = (points: number): number => Math.round(points * 100);

/** The bar of a score: one piece a part, in the order of the formula. The pieces sum to the raw score. */
export function pieces(card: Pick<RiskCard, 'factors'>): Piece[] {
  return PARTS.map((part) => ({
    part,
    hundredths: card.factors.filter((factor) => factor.part === part).reduce((sum, factor) => sum + hundredths(factor.contribution), 0),
  }));
}
