import { describe, expect, it } from 'vitest';
import type { LngLat } from '../api/types';
import { boxText, circle, distance, nearestPoint } from './geometry';

const square = {
  type: 'MultiPolygon',
  coordinates: [[[[106.55, 29.56], [106.551, 29.56], [106.551, 29.561], [106.55, 29.561], [106.55, 29.56]]]],
};

describe('geometry of what is drawn', () => {
  it('takes the nearest point of an edge, not only corners', () => {
    const [lng, lat] = nearestPoint(square, [106.5505, 29.559]);
    expect(lng).toBeCloseTo(106.5505, 9);
    expect(lat).toBeCloseTo(29.56, 9);
  });

  it('of a point is the place itself', () => {
    expect(nearestPoint({ type: 'Point', coordinates: [1, 2] }, [3, 4])).toEqual([3, 4]);
  });

  it('draws a circle whose points are the radius away', () => {
    const centre: LngLat = [106.55, 29.56];
    for (const point of circle(centre, 150)) expect(distance(centre, point)).toBeCloseTo(150, 3);
  });

  it('measures a hundredth of a degree of latitude at 30° north', () => {
    expect(distance([106, 30], [106, 30.01])).toBeCloseTo(1108.5, 0);
  });

  it('of a box is typed in degrees that the server takes', () => {
    expect(boxText([106.5000001, 29.5, 106.61234567, 29.600004])).toBe('106.5,29.5,106.61235,29.6');
    expect(boxText([-200, -91, 181, 95])).toBe('-180,-90,180,90');
  });
});
