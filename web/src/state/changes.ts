import type { Change, ChangedFeature, Tile } from '../api/live';

/** Tiles of a source beyond which all of them are asked for. */
const MOST_TILES = 4000;

/** What several changes come to together. */
export interface Gathered {
  tiles: Record<string, Tile[] | 'all'>;
  /** Each feature once, as it was last told. */
  features: ChangedFeature[];
  /** Whether `features` are all that changed. */
  whole: boolean;
  areas: boolean;
}

/** Whether more was told than what is shown has: ids of events are `process.load-number`. */
export function lacks(shown: string, told: string): boolean {
  const [[of, nth], [now, last]] = [shown, told].map((id) => id.split('-')) as [[string, string?], [string, string?]];
  return of !== now || Number(nth) < Number(last);
}

const key = ({ layer, id }: ChangedFeature): string => `${layer}/${id}`;

/** Takes changes together in the order in which they came, so that the screen follows once in place of many times. */
export function gather(changes: readonly Change[]): Gathered {
  const tiles = new Map<string, Map<string, Tile> | 'all'>();
  const features = new Map<string, ChangedFeature>();
  for (const change of changes) {
    for (const [source, listed] of Object.entries(change.tiles)) {
      const known = tiles.get(source) ?? new Map<string, Tile>();
      if (listed === 'all' || known === 'all') tiles.set(source, 'all');
      else {
        for (const tile of listed) known.set(tile.join('/'), tile);
        tiles.set(source, known.size > MOST_TILES ? 'all' : known);
      }
    }
    for (const feature of change.features) features.set(key(feature), feature);
  }
  return {
    tiles: Object.fromEntries([...tiles].map(([source, listed]) => [source, listed === 'all' ? listed : [...listed.values()]])),
    features: [...features.values()],
    whole: changes.every(({ features_left_off: left }) => left === 0),
    areas: changes.some(({ areas }) => areas === 'changed'),
  };
}

/** How long after one look the next may come, in milliseconds: at once after quiet, slower and slower while changes rain. */
export class Pace {
  static readonly LEAST = 250;
  static readonly MOST = 2_000;
  #last = -Infinity;
  #gap = Pace.LEAST;

  /** How long to wait now; the look is taken as made when that is over. */
  wait(now: number): number {
    const since = now - this.#last;
    this.#gap = since > 2 * this.#gap ? Pace.LEAST : Math.min(Pace.MOST, this.#gap * 1.5);
    const wait = Math.max(0, this.#last + this.#gap - now);
    this.#last = now + wait;
    return wait;
  }
}
