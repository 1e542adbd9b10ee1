import { api } from '../api/client';
import type { Box } from '../api/types';
import { screen } from './screen.svelte';
import { view } from './view.svelte';

/** Selects a feature and flies to it, to its box if that is known already. */
export async function goTo(layer: string, id: number, box?: Box | null): Promise<void> {
  view.select({ layer, id });
  if (box) return screen.fly({ bbox: box });
  const feature = await api.feature(layer, id).catch(() => null);
  if (feature?.bbox && view.selected?.id === id) screen.fly({ bbox: feature.bbox });
}
