import { expect, test } from 'vitest';
import { EDITING } from '../words/editing';
import { acts, fieldOf, written } from './acts';

const NOW = new Date('2026-11-22T12:34:56.789Z');
const STATES: Record<string, (string | null)[]> = {
  hydrant: ['in_service', 'out_of_service', 'obstructed', 'unknown', null],
  connection: ['in_service', 'out_of_service', 'unknown', null],
  lane: ['clear', 'obstructed', 'unknown', null],
  ladder_field: ['clear', 'obstructed', 'unknown', null],
  danger: ['reported', 'verified', 'to_mend', 'mended', 'closed', null],
};

test('no act leads to the state that is there, and each has all its words', () => {
  for (const [layer, states] of Object.entries(STATES)) {
    for (const state of states) {
      for (const act of acts(layer, { state })) {
        expect(written(layer, act, { state }, NOW)['state'], `${layer} ${state} ${act}`).toBeTypeOf('string');
        expect(written(layer, act, { state }, NOW)['state']).not.toBe(state);
        for (const word of ['', '.sure', '.done', '.text']) expect(EDITING).toHaveProperty([`edit.${act}${word}`]);
      }
    }
  }
});

test('a hydrant is closed by one act and put back by another', () => {
  expect(acts('hydrant', { state: 'in_service' })[0]).toBe('close');
  expect(written('hydrant', 'close', {}, NOW)).toEqual({ state: 'out_of_service' });
  expect(acts('hydrant', { state: 'out_of_service' })[0]).toBe('restore');
});

test('what stood in a lane is gone when the lane is clear', () => {
  expect(written('lane', 'clear', { state: 'obstructed', obstructed_by: '三轮车' }, NOW)).toEqual({ state: 'clear', obstructed_by: null });
  expect(written('lane', 'clear', { state: 'obstructed' }, NOW)).toEqual({ state: 'clear' });
});

test('a road is barred and opened, a danger closed with the time', () => {
  expect(acts('road', { blocked: null })).toEqual(['bar']);
  expect(acts('road', { blocked: true })).toEqual(['open']);
  expect([fieldOf('bar'), fieldOf('open'), fieldOf('settle')]).toEqual(['blocked', 'blocked', 'state']);
  expect(written('road', 'bar', {}, NOW)).toEqual({ blocked: true });
  expect(written('road', 'open', {}, NOW)).toEqual({ blocked: false });
  expect(written('danger', 'settle', {}, NOW)).toEqual({ state: 'closed', closed: '2026-11-22T12:34:56Z' });
  expect(acts('danger', { state: 'closed' })).toEqual([]);
  expect(acts('building', {})).toEqual([]);
});
