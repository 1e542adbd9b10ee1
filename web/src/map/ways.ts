import type { Arrival, Gain, GroundCard, HoseWay, Plan, Reach } from '../api/ground';
import type { LngLat } from '../api/types';
import type { Mark } from './controller';

type Of = NonNullable<Mark['of']>;
const point = (at: LngLat): Mark['geometry'] => ({ type: 'Point', coordinates: at });

/** A way as it is drawn: its line, a foot where it leaves the building, a ring where it ends, and how far that is. */
function way(of: Of, nth: number, path: readonly LngLat[], foot: LngLat | undefined, end: LngLat, text: string): Mark[] {
  const line: Mark[] = path.length > 1 ? [{ role: `way-${of}`, nth, of, geometry: { type: 'LineString', coordinates: path } }] : [];
  const start: Mark[] = foot ? [{ role: 'way-foot', nth, of, geometry: point(foot) }] : [];
  return [...line, ...start, { role: 'way-end', nth, of, geometry: point(end) }, { role: 'way-text', nth, of, geometry: point(end), text }];
}

/** The ways of a building or place. The nearest is drawn last, over the others. */
export function wayMarks(card: GroundCard, metres: (m: number) => string, duration: (s: number) => string): Mark[] {
  const hose = (one: HoseWay, nth: number): Mark[] => way('hose', nth, one.path, one.path[0], one.at, metres(one.way_m));
  const crew = (of: Of) => (one: Arrival, nth: number): Mark[] => way(of, nth, one.path, undefined, one.at, duration(one.total_s));
  const drawn = <T>(list: readonly T[], draw: (one: T, nth: number) => Mark[]): Mark[] =>
    list.map((one, i) => draw(one, i + 1)).reverse().flat();
  return [...drawn(card.engine, crew('engine')), ...drawn(card.micro, crew('micro')), ...drawn(card.hoses, hose)];
}

/** How far a station or hydrant reaches: widest first, so that the nearest lies on top. */
export function reachMarks(reach: Reach): Mark[] {
  const bands = reach.bands.map((band, i) => ({ band, nth: i + 1 })).reverse();
  const areas = bands.flatMap(({ band, nth }): Mark[] => (band.area ? [{ role: 'reach-area', nth, geometry: band.area }] : []));
  return [...areas, ...bands.map(({ band, nth }): Mark => ({ role: 'reach-line', nth, geometry: band.lines }))];
}

/** A hydrant that is tried, with what it would add; a question where no way to a road was found. */
export function gainMarks({ at, gain }: Gain, plus: (n: number) => string): Mark[] {
  const text: Mark[] = gain ? [{ role: 'way-text', of: 'hose', geometry: point(at), text: plus(gain.buildings) }] : [];
  return [{ role: 'pick', geometry: point(at), text: gain ? '+' : '?' }, ...text];
}

/** Where hydrants would help most, numbered in that order. */
export function planMarks(plan: Plan): Mark[] {
  return plan.picks.map((pick, i) => ({ role: 'pick', nth: i + 1, geometry: point(pick.at), text: String(i + 1) }));
}
