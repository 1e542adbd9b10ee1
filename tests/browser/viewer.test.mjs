// The viewer in a real browser against a running server: FIREMAP_URL=http://127.0.0.1:8080 node --test tests/browser/
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { answer, keep, launch, open, rest, server, shareOf, skip } from './browser.mjs';

let browser;
let city;
let building;
let at;

before(async () => {
  if (skip) return;
  browser = await launch();
  city = await answer('/api/city');
  const { results } = await answer(`/api/search?q=${encodeURIComponent('大厦')}&limit=20`);
  building = results.find((hit) => hit.layer === 'building') ?? (await answer('/api/features/building?limit=1')).features[0];
  const [west, south, east, north] = building.bbox;
  at = `#17.5/${((south + north) / 2).toFixed(5)}/${((west + east) / 2).toFixed(5)}`;
});
afterEach(() => Promise.all(browser?.contexts().map((context) => context.close()) ?? []));
after(() => browser?.close());

const percent = (text) => Number(/([\d.]+)%/.exec(text)?.[1]);
const share = (counts) => (100 * counts.whole) / (counts.whole + counts.part + counts.not + counts.unknown);
const ROUTE = { code: 'route', zh: '直线圆不能代替', en: 'a circle does not tell it' };
const near = (shown, exact, what) => assert.ok(Math.abs(shown - exact) <= 0.11, `${what}: shown ${shown}, counted ${exact}`);
async function selected(page) {
  await page.waitForFunction(() => location.hash.includes('sel='), null, { timeout: 15_000 });
  return /sel=([^&]+)/.exec(page.url())[1];
}

test('the style is valid to MapLibre in both themes and languages', { skip }, async () => {
  const web = createRequire(new URL('../../web/package.json', import.meta.url));
  const { validateStyleMin } = await import(pathToFileURL(web.resolve('@maplibre/maplibre-gl-style-spec')));
  for (const theme of ['light', 'dark']) {
    for (const lang of ['zh', 'en']) {
      const style = await answer(`/style.json?theme=${theme}&lang=${lang}`);
      assert.deepEqual(validateStyleMin(style).map((error) => error.message), [], `${theme} ${lang}`);
      for (const source of Object.values(style.sources)) assert.ok(!source.url || source.url.startsWith(server));
    }
  }
});

test('the whole city comes to rest, with no fault and no request to another host', { skip }, async () => {
  const page = await open(browser, '#theme=light');
  await keep(page, 'city');
  assert.deepEqual(page.strangers, []);
  assert.deepEqual(page.faults, []);
  assert.equal(await page.locator('.badge', { hasText: '演示数据' }).count(), city.demo ? 1 : 0);
});

test('buildings wear the colour of their coverage', { skip }, async () => {
  const page = await open(browser, `${at}&theme=light&off=labels,hydrants`);
  const coloured = (await shareOf(page, [0x1b, 0x7f, 0x79])) + (await shareOf(page, [0x83, 0xc3, 0xbc])) + (await shareOf(page, [0x7b, 0x32, 0x94]));
  assert.ok(coloured > 0.02, `${(coloured * 100).toFixed(1)} % of the map is coloured`);
  await keep(page, 'buildings');
  assert.deepEqual(page.faults, []);
});

test('buildings stand up on a key, say which heights are guessed, and lie down again', { skip }, async () => {
  const page = await open(browser, `${at.replace('#17.5', '#16')}&theme=light&off=labels,hydrants`);
  await page.keyboard.press('t');
  await page.waitForFunction(() => location.hash.includes('3d=1'));
  await rest(page);
  assert.match(await page.locator('.legend').innerText(), /按层数估算（每层 3 m）/);
  const coloured = (await shareOf(page, [0x1b, 0x7f, 0x79], 45)) + (await shareOf(page, [0x7b, 0x32, 0x94], 45));
  assert.ok(coloured > 0.02, `${(coloured * 100).toFixed(1)} % of the map is coloured`);
  await keep(page, 'raised');
  await page.locator('.tools-right button[aria-pressed=true]').click();
  await page.waitForFunction(() => !location.hash.includes('3d=1'));
  assert.doesNotMatch(await page.locator('.legend').innerText(), /按层数估算/);
  assert.deepEqual(page.faults, []);
});

test('what is not assessed is neither covered nor bare nor unknown on the screen', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  const none = { whole: 0, part: 0, not: 0, unknown: 0, not_assessed: city.figures.buildings };
  const figures = { ...city.figures, by_grade: { nominal: none, serviceable: none, verified: none } };
  const json = { ...city, figures, circle_m: null, rules: { ...city.rules, not_assessed: ROUTE } };
  await page.context().route('**/api/city', (route) => route.fulfill({ json }));
  await page.goto(`${server}/${at}&theme=light`);
  await page.reload();
  await page.waitForSelector('[data-figure=covered]');
  await rest(page);
  assert.equal(await page.locator('[data-figure=covered] .value b').innerText(), '未评估');
  assert.equal(await page.locator('[data-figure=unknown] .value b').innerText(), '未评估');
  await page.locator('[data-figure=covered] .why').click();
  assert.match(await page.locator(':popover-open').innerText(), new RegExp(ROUTE.zh));
  await page.keyboard.press('Escape');
  const legend = await page.locator('.legend').innerText();
  assert.match(legend, /未评估/);
  assert.doesNotMatch(legend, /全部覆盖|未覆盖/);
  await keep(page, 'not-assessed');
  assert.deepEqual(page.faults, []);
});

test('a click on a building opens its card with every grade, its rule and its hydrants', { skip }, async () => {
  const page = await open(browser, `${at}&theme=light&off=hydrants,places,stations,lanes`);
  await page.locator('.map').click();
  assert.equal(await selected(page), `building/${building.id}`);
  const coverage = await answer(`/api/coverage/building/${building.id}`);
  await page.waitForSelector('.card .nearest');
  assert.equal(await page.locator('.card .grades > li').count(), 3);
  assert.equal(await page.locator('.card .nearest > li').count(), coverage.nearest.length);
  const text = await page.locator('section.card').innerText();
  const { reason, rule } = coverage.grades.find(({ grade }) => grade === 'serviceable');
  for (const part of [reason.zh, rule.clause, rule.edition]) {
    assert.ok(text.includes(part), `${part} in the card`);
  }
  if (coverage.nearest.some((hydrant) => hydrant.pressure_mpa === null)) assert.match(text, /未测压/);
  await page.locator('.card .nearest button').first().hover();
  await page.waitForTimeout(400);
  await keep(page, 'card');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForSelector('section.card', { state: 'detached' });
  assert.deepEqual(page.faults, []);
});

test('the strip tells the very figures of the server, at each grade', { skip }, async () => {
  const { by_grade, built, sound, residents } = city.figures;
  for (const grade of ['nominal', 'serviceable', 'verified']) {
    const page = await open(browser, `#grade=${grade}`, { settle: false });
    await page.waitForSelector('[data-figure=covered]');
    const figure = async (id) => percent(await page.locator(`[data-figure=${id}] .value b`).innerText());
    near(await figure('covered'), share(by_grade[grade]), grade);
    near(await figure('unknown'), (100 * by_grade[grade].unknown) / city.figures.buildings, 'unknown');
    if (residents?.known) near(await figure('residents'), (100 * residents.covered[grade]) / residents.known, 'residents');
    if (built?.rate != null) near(await figure('built'), 100 * built.rate, 'built');
    if (sound?.rate != null) near(await figure('sound'), 100 * sound.rate, 'sound');
  }
});

test('a figure says how it was counted, by which rule, of which revision', { skip }, async () => {
  const page = await open(browser, '#theme=light', { settle: false });
  await page.locator('[data-figure=covered] .why').click();
  const note = await page.locator(':popover-open').innerText();
  const radius = (await answer('/api/rules')).rules.find((rule) => rule.id === 'radius.municipal');
  for (const part of [city.day, String(city.revision), ...(radius ? [radius.clause, radius.edition] : [])]) assert.ok(note.includes(part), part);
  await keep(page, 'why');
});

test('the keyboard alone finds a building, changes desks and goes back', { skip }, async () => {
  const page = await open(browser, '');
  await page.keyboard.press('/');
  const name = building.name || '大厦';
  await page.keyboard.type(name);
  await page.waitForSelector('[role=option]');
  await keep(page, 'search');
  const { results } = await answer(`/api/search?q=${encodeURIComponent(name)}&limit=20`);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.equal(await selected(page), `${results[0].layer}/${results[0].id}`);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !location.hash.includes('sel='));
  await page.keyboard.press('3');
  await page.waitForSelector('tbody tr');
  await page.locator('tbody tr').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.match(await selected(page), /^area\/\d+$/);
  await page.keyboard.press('2');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
  await page.goBack();
  await page.waitForFunction(() => location.hash.includes('desk=analysis'));
  assert.deepEqual(page.faults, []);
});

test('the table of areas sorts and tells the rates of the server', { skip }, async () => {
  const page = await open(browser, '#desk=analysis&grade=verified&theme=light');
  const level = await page.locator('.head select').first().inputValue();
  const { rows } = await answer(`/api/coverage/areas?level=${level}`);
  const shares = rows.map((row) => row.grades[2].share_buildings).filter((value) => value !== null).sort((a, b) => a - b);
  const first = page.locator('tbody tr').first().locator('td').nth(2);
  near(percent(await first.innerText()), shares[0] * 100, 'least');
  await page.locator('thead button', { hasText: '建筑覆盖率' }).click();
  near(percent(await first.innerText()), shares.at(-1) * 100, 'most');
  await rest(page);
  await keep(page, 'analysis');
  assert.deepEqual(page.faults, []);
});

test('opening the table leaves the whole city in sight', { skip }, async () => {
  const page = await open(browser, '#theme=light');
  await page.keyboard.press('3');
  await page.waitForSelector('tbody tr');
  await page.waitForTimeout(600);
  await rest(page);
  const [zoom, lat] = new URL(page.url()).hash.slice(1).split('&')[0].split('/').map(Number);
  const mercator = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) / (2 * Math.PI);
  const half = (await page.locator('.map').boundingBox()).height / 2;
  for (const edge of [city.bounds[1], city.bounds[3]]) {
    const off = Math.abs(mercator(edge) - mercator(lat)) * 512 * 2 ** zoom;
    assert.ok(off <= half, `latitude ${edge} is ${off} pixels from the middle of ${2 * half}`);
  }
  assert.deepEqual(page.faults, []);
});

test('what is out of order is listed, all of it, and flown to', { skip }, async () => {
  const page = await open(browser, '#desk=command&theme=dark');
  const out = await page.locator('[role=tab]').first().locator('b').innerText();
  assert.equal(Number(out.replace(/\D/g, '')), city.figures.sound.out);
  if (city.figures.sound.out > 0) {
    await page.locator('[role=listbox] [role=option]').first().click();
    const [, id] = (await selected(page)).split('/');
    assert.equal((await answer(`/api/features/hydrant/${id}`)).properties.state, 'out_of_service');
    assert.equal(await page.locator('[role=listbox] [role=option]').first().getAttribute('aria-setsize'), String(city.figures.sound.out));
  }
  await rest(page);
  await keep(page, 'command');
  assert.deepEqual(page.faults, []);
});

test('English is as whole as Chinese, and the link remembers it', { skip }, async () => {
  const page = await open(browser, `${at}&sel=building/${building.id}&theme=light`);
  await page.locator('.rail button', { hasText: 'EN' }).click();
  await page.waitForFunction(() => document.documentElement.lang === 'en' && location.hash.includes('lang=en'));
  await rest(page);
  const chrome = await page.locator('.rail, .panel-head, .figures, .legend, .grades, .card h3').allInnerTexts();
  assert.doesNotMatch(chrome.join(' ').replace('中', ''), /[\u4e00-\u9fff]/);
  await keep(page, 'english');
  assert.deepEqual(page.faults, []);
});

test('a link restores the whole view', { skip }, async () => {
  const hash = `${at.replace('#17.5', '#16.25')}&desk=command&grade=verified&sel=building/${building.id}&off=labels&lang=en&theme=dark`;
  const page = await open(browser, hash);
  const values = (text) => text.replace('#', '').split('&').sort().join('&');
  assert.equal(values(new URL(page.url()).hash), values(hash));
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  assert.equal(await page.locator('[role=switch][aria-checked=false]').count(), 1);
  assert.equal(await page.locator('.grades .chosen .which').innerText(), 'Verified');
  await keep(page, 'link');
});

test('a phone shows the map, one sheet of three heights, and fingers hit what they aim at', { skip }, async () => {
  const phone = { width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
  const page = await open(browser, `${at}&theme=light&off=hydrants,places,stations,lanes`, phone);
  await keep(page, 'phone');
  const height = () => page.getAttribute('.sheet', 'data-height');
  assert.equal(await height(), '0');
  await page.locator('.handle').tap();
  await page.locator('.handle').tap();
  assert.equal(await height(), '2');
  await page.locator('.handle').tap();
  // The sheet is out of the way only when its movement has ended.
  await page.waitForFunction(() => document.querySelector('.sheet').getBoundingClientRect().top > 480);
  await rest(page);
  await page.touchscreen.tap(195, 422);
  assert.equal(await selected(page), `building/${building.id}`);
  await page.waitForSelector('.card .nearest');
  await page.waitForTimeout(500);
  await keep(page, 'phone-card');
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('nav button, .icon-button, .toggle, .grade, .nearest button, button.head')]
      .map((button) => [button.getBoundingClientRect(), button.getAttribute('aria-label') ?? button.textContent.trim()])
      .filter(([box]) => box.height > 0 && (box.height < 40 || box.width < 40))
      .map(([box, name]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  assert.deepEqual(small, []);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, 'nothing is wider than the phone');
  assert.deepEqual(page.faults, []);
});

test('a phone shows a building that a link selects above the sheet', { skip }, async () => {
  const phone = { width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
  const page = await open(browser, `${at}&sel=building/${building.id}&theme=light`, phone);
  await page.waitForSelector('.card .nearest');
  await page.waitForTimeout(600);
  await rest(page);
  const [zoom, lat] = new URL(page.url()).hash.slice(1).split('&')[0].split('/').map(Number);
  const mercator = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) / (2 * Math.PI);
  const y = (degrees) => 422 - (mercator(degrees) - mercator(lat)) * 512 * 2 ** zoom;
  const sheet = (await page.locator('.sheet').boundingBox()).y;
  const [, south, , north] = building.bbox;
  assert.ok(y(south) <= sheet && y(north) >= 0, `from ${y(north)} to ${y(south)}, sheet at ${sheet}`);
  await keep(page, 'phone-link');
  assert.deepEqual(page.faults, []);
});

test('a server that goes away is told in place, and the map stays', { skip }, async () => {
  const page = await open(browser, '#theme=light');
  await page.context().route('**/api/**', (route) => route.abort());
  await page.waitForSelector('.banner.lost', { timeout: 30_000 });
  assert.match(await page.locator('.banner').innerText(), new RegExp(`秒后重试[\\s\\S]*${city.revision}`));
  await keep(page, 'lost');
  await page.context().unroute('**/api/**');
  // The banner counts down, so a click that waits for rest may wait too long; it may also have tried again by itself.
  await page.locator('.banner button').evaluate((button) => button.click()).catch(() => {});
  await page.waitForSelector('.banner.lost', { state: 'detached' });
});

test('a data file that cannot be read is told, with the time of what is shown', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  const json = { ...city, stale: true, as_of: '2026-11-22T01:05:00Z', zone: 'Asia/Shanghai' };
  await page.context().route('**/api/city', (route) => route.fulfill({ json }));
  await page.reload();
  await page.waitForSelector('.banner >> text=数据文件暂时无法读取');
  assert.match(await page.locator('.banner').innerText(), /2026年11月22日 09:05/);
  await keep(page, 'stale');
});

test('before the first load the page says that the city is being read', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  await page.context().route('**/api/city', (route) => route.fulfill({ status: 503, json: { code: 'loading', message: '' } }));
  await page.reload();
  await page.waitForSelector('.banner >> text=正在载入');
  await keep(page, 'loading');
});
