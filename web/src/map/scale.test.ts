import { describe, expect, it } from 'vitest';
import { metresAPixel, middle, roundMetres } from './scale';

describe('the scale of a printed map', () => {
  it('is 78,271.5 m a pixel on the equator at zoom 0 and half of it at 60°', () => {
    expect(metresAPixel(0, 0)).toBeCloseTo(78_271.517, 2);
    expect(metresAPixel(0, 60)).toBeCloseTo(78_271.517 / 2, 2);
    expect(metresAPixel(16, 29.5)).toBeCloseTo(1.0395, 3);
  });

  it('takes a round length that fits', () => {
    expect([0.7, 1, 19.9, 20, 99, 230, 999, 5000].map(roundMetres)).toEqual([0.5, 1, 10, 20, 50, 200, 500, 5000]);
  });

  it('keeps the middle of the picture in the ratio of the sheet', () => {
    expect(middle(1000, 500, 2.5)).toEqual([0, 50, 1000, 400]);
    expect(middle(1000, 200, 2.5)).toEqual([250, 0, 500, 200]);
  });
});
