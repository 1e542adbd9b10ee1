import { api, ApiError } from '../api/client';
import type { AreaTable } from '../api/types';
import { LEVELS, type Level } from './link';

/** Tables of areas by level, read when asked for and again when they became different. */
class AreaTables {
  tables = $state.raw<Partial<Record<Level, AreaTable>>>({});
  error = $state.raw<ApiError | null>(null);
  #asked = 0;

  /** Levels that have at least one area; null until they are read. */
  levels = $derived<Level[] | null>(
    Object.keys(this.tables).length ? LEVELS.filter((level) => this.tables[level]?.rows.length) : null,
  );
  /** The level to start with: sub-districts, else the coarsest there is. */
  usual = $derived<Level | undefined>(this.levels?.includes('subdistrict') ? 'subdistrict' : this.levels?.[0]);

  /** Reads every level. An answer that a newer question has overtaken is dropped. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const tables = await Promise.all(LEVELS.map((level) => api.areas(level)));
      if (asked !== this.#asked) return;
      this.tables = Object.fromEntries(tables.map((table, i) => [LEVELS[i], table]));
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
    }
  }
}

export const areas = new AreaTables();
