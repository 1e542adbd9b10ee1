import type maplibregl from 'maplibre-gl';
import { screen } from '../state/screen.svelte';
import { view } from '../state/view.svelte';
import { metresAPixel, middle, roundMetres } from './scale';

/** How long paper waits for the light map; then what is there is printed. */
const LONGEST_MS = 15_000;
/** How long a browser may take to take the sheet. */
const TAKEN_MS = 2_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const theme = (): unknown => (screen.style?.metadata as { 'firemap:theme'?: string } | undefined)?.['firemap:theme'];

/** Waits until the map is drawn in the light theme, which is that of paper, and its colours have come to rest. */
async function drawnLight(map: maplibregl.Map): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  while (theme() !== 'light' && performance.now() < until) await pause(50);
  const rested = new Promise<void>((resolve) => map.once('idle', () => resolve()));
  map.triggerRepaint();
  await Promise.race([rested, pause(Math.max(0, until - performance.now()))]);
}

/** Width to height of the map on its sheet: the width of A4 lying down, and what the legend below it leaves. */
const RATIO = 277 / 118;

/** The map's picture in the sheet's ratio, with scale bar and north, taken right after a frame is drawn, so that the
 * drawing buffer need not be kept at other times. */
function picture(map: maplibregl.Map): Promise<string> {
  return new Promise((resolve) => {
    map.once('render', () => {
      const drawn = map.getCanvas();
      const [left, top, width, height] = middle(drawn.width, drawn.height, RATIO);
      const sheet = Object.assign(document.createElement('canvas'), { width, height });
      const pen = sheet.getContext('2d');
      if (!pen) return resolve(drawn.toDataURL('image/png'));
      pen.drawImage(drawn, left, top, width, height, 0, 0, width, height);
      // What leans back has no one scale.
      if (map.getPitch() === 0) scale(pen, metresAPixel(map.getZoom(), map.getCenter().lat) * (map.getContainer().clientWidth / drawn.width));
      resolve(sheet.toDataURL('image/png'));
    });
    map.triggerRepaint();
  });
}

/** Draws a bar of a round length and an arrow to the north into the lower left corner. */
function scale(pen: CanvasRenderingContext2D, metres_a_pixel: number): void {
  const { width, height } = pen.canvas;
  const unit = width / 1100;
  const metres = roundMetres(metres_a_pixel * width * 0.18);
  const bar = metres / metres_a_pixel;
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  const [x, y] = [20 * unit, height - 22 * unit];
  pen.fillStyle = 'rgb(255 255 255 / 88%)';
  pen.fillRect(8 * unit, y - 30 * unit, bar + 70 * unit, 44 * unit);
  pen.fillStyle = '#000';
  pen.font = `600 ${14 * unit}px sans-serif`;
  pen.fillText(text, x, y - 8 * unit);
  pen.fillRect(x, y, bar, 5 * unit);
  pen.fillStyle = '#fff';
  pen.fillRect(x + bar / 2, y + unit, bar / 2 - unit, 3 * unit);
  const [north, middle_y] = [x + bar + 30 * unit, y - 8 * unit];
  pen.fillStyle = '#000';
  pen.beginPath();
  pen.moveTo(north, middle_y - 18 * unit);
  pen.lineTo(north + 7 * unit, middle_y + 2 * unit);
  pen.lineTo(north, middle_y - 3 * unit);
  pen.lineTo(north - 7 * unit, middle_y + 2 * unit);
  pen.fill();
  pen.textAlign = 'center';
  pen.fillText('N', north, middle_y + 15 * unit);
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
    // Where printing does not stop the page, paper stays light until it is over, or has surely been taken.
    const over = new Promise<void>((resolve) => window.addEventListener('afterprint', () => resolve(), { once: true }));
    window.print();
    await Promise.race([over, pause(TAKEN_MS)]);
  } finally {
    view.onPaper = false;
  }
}
