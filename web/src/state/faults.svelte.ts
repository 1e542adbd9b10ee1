import { api, ApiError } from '../api/client';
import type { Feature } from '../api/types';

const PAGE = 1000;
const MOST = 50_000;

export type Fault = 'out_of_service' | 'obstructed' | 'unknown' | 'lanes';

/** Hydrants that are not known to be in service and lanes that are obstructed: the city read page by page. */
class Faults {
  hydrants = $state.raw<Feature[]>([]);
  lanes = $state.raw<Feature[]>([]);
  read = $state(0);
  done = $state(false);
  cut = $state(false);
  error = $state.raw<ApiError | null>(null);
  #abort = new AbortController();

  async load(): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.error = null;
    this.done = this.hydrants.length > 0;
    try {
      const lanes = await this.#all('lane', abort.signal, (feature) => feature.properties['state'] === 'obstructed');
      const hydrants = await this.#all('hydrant', abort.signal, (feature) => feature.properties['state'] !== 'in_service');
      if (abort.signal.aborted) return;
      [this.lanes, this.hydrants] = [lanes, hydrants];
      this.done = true;
    } catch (error) {
      if (abort.signal.aborted) return;
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
