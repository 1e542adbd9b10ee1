// Chromium for the browser tests: one private profile a page, every host but the server blocked and written down.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const web = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = web('playwright-core');
const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));

/** Where the server under test listens, such as http://127.0.0.1:8080; without it the tests say so and skip. */
export const server = process.env.FIREMAP_URL?.replace(/\/$/, '');
export const skip = server ? false : 'skipped: FIREMAP_URL does not name a running server';

const FLAGS = [
  '--headless=new', '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.FIREMAP_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/**
 * Opens the viewer at a link and waits for the map to rest. The page carries what went wrong: `strangers` (requests to
 * other hosts, all blocked) and `faults` (errors of scripts, and what the console called an error).
 */
export async function open(browser, hash = '', { width = 1440, height = 900, settle = true, at = server, ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', ...more });
  const page = await context.newPage();
  page.strangers = [];
  page.faults = [];
  const own = new URL(at).host;
  await context.route('**/*', (route) => {
    const { protocol, host } = new URL(route.request().url());
    if (!/^https?:|^wss?:/.test(protocol) || host === own) return route.continue();
    page.strangers.push(route.request().url());
    return route.abort();
  });
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  await page.goto(`${at}/${hash}`);
  if (settle) await rest(page);
  return page;
}

/** Waits until the map has drawn everything and stays so for half a second. */
export async function rest(page) {
  for (let quiet = 0; quiet < 5; ) {
    await page.waitForSelector('.map[data-idle="true"]', { timeout: 90_000 });
    await page.waitForTimeout(100);
    quiet = (await page.getAttribute('.map', 'data-idle')) === 'true' ? quiet + 1 : 0;
  }
}

export async function keep(page, name) {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: `${artefacts}${name}.png` });
}

export async function answer(path) {
  const response = await fetch(server + path, { headers: { 'accept-language': 'zh' } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** How many pixels of the map are near a colour, as a fraction of one. */
export async function shareOf(page, [red, green, blue], reach = 30) {
  const picture = (await page.locator('.map').screenshot()).toString('base64');
  const blank = await page.context().newPage();
  const share = await blank.evaluate(
    async ({ picture, colour, reach }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let near = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (colour.every((value, k) => Math.abs(data[i + k] - value) < reach)) near += 1;
      }
      return near / (data.length / 4);
    },
    { picture, colour: [red, green, blue], reach },
  );
  await blank.close();
  return share;
}
