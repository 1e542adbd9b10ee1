import type { Box, Geometry, LngLat } from '../api/types';

type Rings = LngLat[][];

/** Metres of a degree of longitude and latitude near a place: good to 0.1 % over the few hundred metres drawn. */
function scale(at: LngLat): [number, number] {
  const radians = (at[1] * Math.PI) / 180;
  return [111_412.84 * Math.cos(radians) - 93.5 * Math.cos(3 * radians), 111_132.92 - 559.82 * Math.cos(2 * radians)];
}

/** The lines of any geometry: rings of polygons, lines themselves. */
export function lines(geometry: Geometry): Rings {
  const { type, coordinates } = geometry;
  switch (type) {
    case 'LineString':
      return [coordinates as LngLat[]];
    case 'MultiLineString':
    case 'Polygon':
      return coordinates as Rings;
    case 'MultiPolygon':
      return (coordinates as Rings[]).flat();
    default:
      return [];
  }
}

/** The point of the lines that lies nearest to a place; the place itself if there are no lines. */
export function nearestPoint(geometry: Geometry, to: LngLat): LngLat {
  const [mx, my] = scale(to);
  let best: LngLat = to;
  let least = Infinity;
  for (const line of lines(geometry)) {
    for (let i = 1; i < line.length; i += 1) {
      const [a, b] = [line[i - 1]!, line[i]!];
      const [ax, ay] = [(a[0] - to[0]) * mx, (a[1] - to[1]) * my];
      const [dx, dy] = [(b[0] - a[0]) * mx, (b[1] - a[1]) * my];
      const length = dx * dx + dy * dy;
      const along = length ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length)) : 0;
      const distance = Math.hypot(ax + along * dx, ay + along * dy);
      if (distance < least) {
        least = distance;
        best = [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])];
      }
    }
  }
  return best;
}

/** A circle as a ring of 96 points. */
export function circle(centre: LngLat, radius_m: number): LngLat[] {
  const [mx, my] = scale(centre);
  return Array.from({ length: 97 }, (_, i) => {
    const angle = (i / 96) * 2 * Math.PI;
    return [centre[0] + (radius_m * Math.cos(angle)) / mx, centre[1] + (radius_m * Math.sin(angle)) / my];
  });
}

/** Distance in metres between two near places. */
export function distance(a: LngLat, b: LngLat): number {
  const [mx, my] = scale(a);
  return Math.hypot((b[0] - a[0]) * mx, (b[1] - a[1]) * my);
}

/** A box as it is typed: degrees to five places, within the world. */
export function boxText([west, south, east, north]: Box): string {
  const within = (degrees: number, most: number): string => String(Number(Math.min(most, Math.max(-most, degrees)).toFixed(5)));
  return [within(west, 180), within(south, 90), within(east, 180), within(north, 90)].join(',');
}
