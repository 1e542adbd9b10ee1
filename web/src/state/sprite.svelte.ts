interface Place { x: number; y: number; width: number; height: number; pixelRatio: number }

/** Where each symbol of the map lies in the sprite, so that lists and legend show the very symbols of the map. */
class Sprite {
  places = $state.raw<Record<string, Place>>({});

  async load(): Promise<void> {
    const response = await fetch('sprite@2x.json').catch(() => null);
    if (response?.ok) this.places = (await response.json()) as Record<string, Place>;
  }

  /** CSS that shows a symbol at a height in pixels. */
  css(name: string, height: number): string {
    const place = this.places[name];
    if (!place) return '';
    const scale = height / place.height;
    const sheet = Math.max(...Object.values(this.places).map((other) => other.x + other.width));
    const rounded = Math.ceil(sheet / 512) * 512;
    return [
      `width:${place.width * scale}px`,
      `height:${height}px`,
      `background:url(sprite@2x.png) ${-place.x * scale}px ${-place.y * scale}px / ${rounded * scale}px auto no-repeat`,
    ].join(';');
  }
}

export const sprite = new Sprite();
