import type maplibregl from 'maplibre-gl';
import { screen } from '../state/screen.svelte';
import { view } from '../state/view.svelte';

/** How long paper waits for the light map; then what is there is printed. */
const LONGEST_MS = 15_000;

const theme = (): unknown => (screen.style?.metadata as { 'firemap:theme'?: string } | undefined)?.['firemap:theme'];

/** Waits until the map is drawn in the light theme, which is that of paper, and its colours have come to rest. */
async function drawnLight(map: maplibregl.Map): Promise<void> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const until = performance.now() + LONGEST_MS;
  while (theme() !== 'light' && performance.now() < until) await pause(50);
  const rested = new Promise<void>((resolve) => map.once('idle', () => resolve()));
  map.triggerRepaint();
  await Promise.race([rested, pause(Math.max(0, until - performance.now()))]);
}

/** The map's picture, taken right after a frame is drawn, so that the drawing buffer need not be kept at other times. */
function picture(map: maplibregl.Map): Promise<string> {
  return new Promise((resolve) => {
    map.once('render', () => resolve(map.getCanvas().toDataURL('image/png')));
    map.triggerRepaint();
  });
}

/** Prints a map sheet on white paper, whatever the theme of the screen, and puts the screen back. */
export async function printMap(): Promise<void> {
  const map = screen.map?.map;
  const sheet = document.querySelector<HTMLImageElement>('.map-sheet');
  if (!map || !sheet || view.onPaper) return;
  view.onPaper = true;
  try {
    if (theme() !== 'light') await drawnLight(map);
    sheet.src = await picture(map);
    await sheet.decode();
    window.print();
  } finally {
    view.onPaper = false;
  }
}
