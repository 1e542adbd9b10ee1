import { screen } from '../state/screen.svelte';

/**
 * Prints a map sheet. The map's picture is taken right after a frame is drawn, so that the drawing buffer need not be
 * kept at all other times, and put where the map stands on paper.
 */
export async function printMap(): Promise<void> {
  const map = screen.map?.map;
  if (!map) return;
  const picture = await new Promise<string>((resolve) => {
    map.once('render', () => resolve(map.getCanvas().toDataURL('image/png')));
    map.triggerRepaint();
  });
  const sheet = document.querySelector<HTMLImageElement>('.map-sheet');
  if (!sheet) return;
  sheet.src = picture;
  await sheet.decode();
  window.print();
}
