import type { StreamState } from './stream';

/** How the last question to the server went. */
export type Answered = 'not_yet' | 'yes' | 'preparing' | 'no';
/**
 * Whether figures come in: `preparing` until the server has loaded its city, `live` while it tells changes by itself,
 * `polling` while it has to be asked for them, `lost` while it does not answer.
 */
export type Line = 'waiting' | 'preparing' | 'live' | 'polling' | 'lost';

/** What the screen says of the line to the server. */
export function lineOf(answered: Answered, stream: StreamState, hasCity: boolean): Line {
  if (answered === 'no' || (answered === 'preparing' && hasCity)) return 'lost';
  if (answered === 'preparing') return 'preparing';
  if (answered === 'not_yet' || stream === 'opening') return 'waiting';
  return stream === 'open' ? 'live' : 'polling';
}
