import type { GroundCard } from '../api/ground';
import type { Covered } from '../api/types';
import type { Word } from '../words/words';

/** One sentence on what circle and hose say of a building, as a word and the metres in it. */
export interface Verdict { word: Word; way_m: number | null; limit_m: number }

/** Circle and hose held against each other, or, of a place or where no circle is assessed, the hose alone. */
export function verdict(card: GroundCard, circle: Covered | null): Verdict {
  const way_m = card.hoses[0]?.way_m ?? null;
  const told = (word: Word): Verdict => ({ word, way_m, limit_m: card.limit_m });
  if (!card.on_foot) return told('verdict.no_road');
  if (card.laid === 'unknown') return told(way_m === null ? 'verdict.states' : 'verdict.states.way');
  const within = card.laid === 'within';
  if (circle === null || circle === 'not_assessed') {
    return told(within ? 'verdict.within' : way_m === null ? 'verdict.none' : 'verdict.beyond');
  }
  if (circle === 'unknown') return told(within ? 'verdict.circle_unknown.within' : 'verdict.circle_unknown.beyond');
  if (circle === 'whole') return told(within ? 'verdict.both' : way_m === null ? 'verdict.circle_only.none' : 'verdict.circle_only');
  const part = circle === 'part' ? '.part' : '';
  if (within) return told(`verdict.hose_only${part}` as Word);
  return told(way_m === null ? 'verdict.neither.none' : 'verdict.neither');
}
