import { api, ApiError } from '../api/client';
import type { AreaRow, BuildingCoverage, Feature } from '../api/types';
import type { Selection } from './link';

export interface Chosen {
  readonly feature: Feature | null;
  readonly coverage: BuildingCoverage | null;
}

/** What is selected, as the server tells it: the feature, and what is computed about it. */
class SelectionStore implements Chosen {
  of = $state.raw<Selection | null>(null);
  feature = $state.raw<Feature | null>(null);
  coverage = $state.raw<BuildingCoverage | null>(null);
  area = $state.raw<AreaRow | null>(null);
  error = $state.raw<ApiError | null>(null);
  #abort = new AbortController();

  /** Loads a selection. What was shown of the same one stays until the newer answer is there. */
  async load(next: Selection | null): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    if (next?.layer !== this.of?.layer || next?.id !== this.of?.id) {
      this.feature = this.coverage = this.area = null;
    }
    this.of = next;
    this.error = null;
    if (!next) return;
    try {
      const { layer, id } = next;
      const [feature, coverage] = await Promise.all([
        api.feature(layer, id, abort.signal),
        layer === 'building' ? api.building(id, abort.signal) : null,
      ]);
      const level = layer === 'area' ? String(feature.properties['kind'] ?? '') : '';
      const table = level ? await api.areas(level, abort.signal) : null;
      if (abort.signal.aborted) return;
      this.feature = feature;
      this.coverage = coverage;
      this.area = table?.rows.find((row) => row.id === id) ?? null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
    }
  }
}

export const selection = new SelectionStore();
