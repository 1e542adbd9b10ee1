import type { Map as MapLibre } from 'maplibre-gl';
import type { Tile } from '../api/live';

/** A tile that is to be asked for again later. */
export interface Owed { source: string; tile: Tile }

/**
 * Asks again for tiles of a source, and forgets those that MapLibre keeps out of sight: it would show them as they were
 * when the map comes back to them. Tiles whose answer is still on its way may hold what was before; they are given
 * back, to be asked for again when they are there.
 */
export function refreshTiles(map: MapLibre, source: string, tiles: readonly Tile[]): Owed[] {
  const listed = new Set(tiles.map((tile) => tile.join('/')));
  const manager = map.style.tileManagers[source];
  if (!manager) return [];
  const isListed = ({ z, x, y }: { z: number; x: number; y: number }): boolean => listed.has(`${z}/${x}/${y}`);
  manager._outOfViewCache.filter((tile) => !isListed(tile.tileID.canonical));
  const inView = manager._inViewTiles.getAllTiles().filter((tile) => isListed(tile.tileID.canonical));
  const owed = inView.flatMap(({ state, tileID: { canonical } }): Owed[] =>
    state === 'loading' || state === 'expired' ? [{ source, tile: [canonical.z, canonical.x, canonical.y] }] : [],
  );
  map.refreshTiles(source, inView.map(({ tileID }) => tileID.canonical));
  return owed;
}
