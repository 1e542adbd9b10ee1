import { describe, expect, it } from 'vitest';
import { read, START, write, type Link } from './link';

describe('a link', () => {
  it('restores the whole view', () => {
    const link: Link = {
      camera: { zoom: 15.25, lat: 29.5632, lng: 106.5521 },
      desk: 'analysis',
      grade: 'verified',
      showing: 'versus',
      lang: 'en',
      theme: 'dark',
      selected: { layer: 'building', id: 12 },
      alarm: null,
      off: ['areas', 'labels'],
      level: 'community',
      sort: 'built',
      down: true,
      raised: true,
      fails: 'road',
      wall: true,
    };
    expect(read(write(link))).toEqual(link);
  });

  it('holds the place of an alarm, unless something is selected', () => {
    const link: Link = { ...START, alarm: [106.552812, 29.553604] };
    expect(write(link)).toBe('#at=106.552812,29.553604');
    expect(read(write(link))).toEqual(link);
    expect(read('#at=106.5,29.5&sel=building/3').alarm).toBeNull();
    for (const bad of ['106.5', '106.5,', 'x,y', '190,3', '1,2,3', '1,89']) expect(read(`#at=${bad}`).alarm, bad).toBeNull();
  });

  it('of the start is empty', () => {
    expect(write(START)).toBe('');
    expect(read('')).toEqual(START);
  });

  it('needs no place to hold the rest', () => {
    expect(read('#desk=command&lang=en')).toEqual({ ...START, desk: 'command', lang: 'en' });
  });

  it('with nonsense in it falls back to the start', () => {
    expect(read('#9/95/1000&desk=x&grade=good&sel=building/x&off=<b>&level=2&theme=pink&by=luck&fails=all')).toEqual(START);
  });
});
