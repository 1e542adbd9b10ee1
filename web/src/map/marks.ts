import type { LngLat } from '../api/types';
import type { Chosen } from '../state/selection.svelte';
import { metres } from '../words/numbers';
import type { Mark } from './controller';
import { circle, nearestPoint } from './geometry';

/** What the map draws for the selection: the place of an alarm, its outline or a ring, a hydrant's circle, the line to a hydrant. */
export function marks(chosen: Chosen, towards: LngLat | null, circle_m: number, alarm: LngLat | null = null): Mark[] {
  if (alarm) return [{ role: 'here', geometry: { type: 'Point', coordinates: alarm } }];
  const feature = chosen.feature;
  if (!feature) return [];
  const { geometry, layer } = feature;
  if (geometry.type === 'Point') {
    const at = geometry.coordinates as LngLat;
    const ring: Mark = { role: 'point', geometry };
    if (layer !== 'hydrant' || !circle_m) return [ring];
    return [{ role: 'radius', geometry: { type: 'Polygon', coordinates: [circle(at, circle_m)] } }, ring];
  }
  const outline: Mark = { role: layer === 'area' ? 'area' : 'outline', geometry };
  if (!towards || layer !== 'building') return [outline];
  const from = nearestPoint(geometry, towards);
  const known = chosen.coverage?.nearest.find(({ at }) => at[0] === towards[0] && at[1] === towards[1]);
  const middle: LngLat = [(from[0] + towards[0]) / 2, (from[1] + towards[1]) / 2];
  const line: Mark[] = [
    { role: 'link', geometry: { type: 'LineString', coordinates: [from, towards] } },
    { role: 'point', geometry: { type: 'Point', coordinates: towards } },
  ];
  if (known) line.push({ role: 'text', geometry: { type: 'Point', coordinates: middle }, text: metres(known.distance_m) });
  return [outline, ...line];
}
