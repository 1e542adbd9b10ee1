import { describe, expect, it } from 'vitest';
import { read, START, write, type Link } from './link';

describe('a link', () => {
  it('restores the whole view', () => {
    const link: Link = {
      camera: { zoom: 15.25, lat: 29.5632, lng: 106.5521 },
      desk: 'analysis',
      grade: 'verified',
      lang: 'en',
      theme: 'dark',
      selected: { layer: 'building', id: 12 },
      off: ['areas', 'labels'],
      level: 'community',
      sort: 'built',
      down: true,
      raised: true,
    };
    expect(read(write(link))).toEqual(link);
  });

  it('of the start is empty', () => {
    expect(write(START)).toBe('');
    expect(read('')).toEqual(START);
  });

  it('needs no place to hold the rest', () => {
    expect(read('#desk=command&lang=en')).toEqual({ ...START, desk: 'command', lang: 'en' });
  });

  it('with nonsense in it falls back to the start', () => {
    expect(read('#9/95/1000&desk=x&grade=good&sel=building/x&off=<b>&level=2&theme=pink')).toEqual(START);
  });
});
