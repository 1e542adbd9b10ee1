import type { City, Grade, Rule, RulePack, Sound, Text } from '../api/types';
import { covered, soundRate } from '../words/numbers';
import { WORDS } from '../words/words';

export interface Figure {
  id: 'covered' | 'residents' | 'built' | 'sound' | 'unknown';
  part: number | null;
  all: number | null;
  /** A fraction of one; null where there is nothing to divide by. */
  share: number | null;
  rule: Rule | null;
  /** Why it is not assessed under the rules in use. */
  unassessed: Text | null;
  missing: { word: 'missing.covered' | 'missing.residents' | 'missing.residents.none' | 'missing.built' | `missing.sound${'' | '.all' | '.none'}`; n: number } | null;
  /** How many of `all` are of unknown state, where that is a number beside the share. */
  unknown?: number;
}

const share = (part: number, all: number): number | null => (all > 0 ? part / all : null);

function missingOfSound(sound: Sound | null): Figure['missing'] {
  if (!sound?.all) return { word: 'missing.sound.none', n: 0 };
  if (!sound.unknown) return null;
  return { word: sound.unknown === sound.all ? 'missing.sound.all' : 'missing.sound', n: sound.unknown };
}

/** The five figures of the strip, taken from the city as the server counted them. */
export function figures(city: City, grade: Grade, pack: RulePack | null): Figure[] {
  const { figures: given } = city;
  const counts = given.by_grade[grade];
  const { residents, built, sound } = given;
  const rule = (id: string): Rule | null =>
    pack?.rules.find((entry) => entry.id === id && (!entry.from || entry.from <= city.day) && (!entry.until || entry.until >= city.day)) ?? null;
  const radius = rule('radius.municipal');
  const unassessed = city.rules.not_assessed;
  const spacing = rule('hydrant.spacing');
  const [zh, en] = WORDS['missing.built.rule'];
  const unspaced = pack && !spacing && built?.rate == null ? { zh, en } : null;
  const people = residents && residents.known > 0 ? residents : null;
  return [
    {
      id: 'covered',
      part: unassessed ? null : counts.whole,
      all: given.buildings,
      share: covered(counts),
      rule: radius,
      unassessed,
      missing: counts.unknown ? { word: 'missing.covered', n: counts.unknown } : null,
    },
    {
      id: 'residents',
      part: people?.covered?.[grade] ?? null,
      all: people?.known ?? null,
      share: people?.covered ? share(people.covered[grade], people.known) : null,
      rule: radius,
      unassessed: people ? unassessed : null,
      missing: { word: people ? 'missing.residents' : 'missing.residents.none', n: 0 },
    },
    {
      id: 'built',
      part: built?.existing ?? null,
      all: built?.required ?? null,
      share: built?.rate ?? null,
      rule: spacing,
      unassessed: unspaced,
      missing: built?.rate == null && !unspaced ? { word: 'missing.built', n: 0 } : null,
    },
    {
      id: 'sound',
      part: sound?.in_service ?? null,
      all: sound?.all ?? null,
      share: soundRate(sound),
      rule: null,
      unassessed: null,
      missing: missingOfSound(sound),
      unknown: sound?.unknown,
    },
    {
      id: 'unknown',
      part: unassessed ? null : counts.unknown,
      all: given.buildings,
      share: unassessed ? null : share(counts.unknown, given.buildings),
      rule: null,
      unassessed,
      missing: null,
    },
  ];
}
