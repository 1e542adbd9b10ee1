import { api } from '../api/client';
import { screen } from './screen.svelte';
import { view } from './view.svelte';

/** Selects a feature and flies to it. */
export async function goTo(layer: string, id: number): Promise<void> {
  view.select({ layer, id });
  const feature = await api.feature(layer, id).catch(() => null);
  if (feature?.bbox && view.selected?.id === id) screen.fly({ bbox: feature.bbox });
}
