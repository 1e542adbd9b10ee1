/** Metres of the ground to a pixel of a map of tiles of 512 pixels, at a latitude in degrees. */
export const metresAPixel = (zoom: number, latitude: number): number =>
  (40_075_016.686 * Math.cos((latitude * Math.PI) / 180)) / (512 * 2 ** zoom);

/** The longest of 1, 2 or 5 times a power of ten metres that is not longer than so many metres. */
export function roundMetres(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2].find((n) => n * power <= most) ?? 1) * power;
}

/** The part of a picture that has a ratio of width to height, in its middle: left, top, width, height. */
export function middle(width: number, height: number, ratio: number): [number, number, number, number] {
  const [w, h] = width / height > ratio ? [height * ratio, height] : [width, width / ratio];
  return [(width - w) / 2, (height - h) / 2, w, h];
}
