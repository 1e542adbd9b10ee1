import { api, ApiError } from '../api/client';
import type { ChangedFeature } from '../api/live';
import type { Feature } from '../api/types';
import type { Gathered } from './changes';

const PAGE = 1000;
const MOST = 50_000;

export type Fault = 'out_of_service' | 'obstructed' | 'unknown' | 'lanes';

const KEPT: Record<string, (state: unknown) => boolean> = {
  lane: (state) => state === 'obstructed',
  hydrant: (state) => state !== 'in_service',
};

/** A list in order of number with what became different: in it, changed or gone. */
export function follow(list: readonly Feature[], layer: 'hydrant' | 'lane', changed: readonly ChangedFeature[]): Feature[] {
  const mine = changed.filter((feature) => feature.layer === layer);
  const ids = new Set(mine.map(({ id }) => id));
  const now = mine.flatMap(({ id, at, properties, gone }): Feature[] => {
    if (gone || !at || !properties || !KEPT[layer]!(properties['state'])) return [];
    return [{ type: 'Feature', layer, id, properties, geometry: { type: 'Point', coordinates: at } }];
  });
  return [...list.filter(({ id }) => !ids.has(id)), ...now].sort((a, b) => a.id - b.id);
}

/** Hydrants that are not known to be in service and lanes that are obstructed: the city read page by page. */
class Faults {
  hydrants = $state.raw<Feature[]>([]);
  lanes = $state.raw<Feature[]>([]);
  read = $state(0);
  done = $state(false);
  cut = $state(false);
  error = $state.raw<ApiError | null>(null);
  #reading = false;
  #since: ChangedFeature[] = [];
  #abort = new AbortController();

  /** Takes up what became different; false where that is not known whole, so that all is to be read again. */
  take({ features, whole }: Gathered): boolean {
    if (!whole) return !this.done && !this.#reading;
    // What is being read may be older than what is told now.
    if (this.#reading) this.#since.push(...features);
    if (!this.done) return true;
    this.hydrants = follow(this.hydrants, 'hydrant', features);
    this.lanes = follow(this.lanes, 'lane', features);
    return true;
  }

  async load(): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.error = null;
    this.#reading = true;
    this.#since = [];
    try {
      const lanes = await this.#all('lane', abort.signal, (feature) => KEPT['lane']!(feature.properties['state']));
      const hydrants = await this.#all('hydrant', abort.signal, (feature) => KEPT['hydrant']!(feature.properties['state']));
      if (abort.signal.aborted) return;
      [this.lanes, this.hydrants] = [follow(lanes, 'lane', this.#since), follow(hydrants, 'hydrant', this.#since)];
      this.done = true;
      this.#reading = false;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#reading = false;
      this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
    }
  }

  async #all(layer: string, signal: AbortSignal, keep: (feature: Feature) => boolean): Promise<Feature[]> {
    const kept: Feature[] = [];
    let after: number | undefined;
    let read = 0;
    for (;;) {
      const page = await api.features(layer, { limit: PAGE, after }, signal);
      kept.push(...page.features.filter(keep));
      read += page.features.length;
      if (layer === 'hydrant') this.read = read;
      if (page.next === null || page.next === undefined || read >= MOST) {
        this.cut = read >= MOST && page.next !== null;
        return kept;
      }
      after = page.next;
    }
  }
}

export const faults = new Faults();
