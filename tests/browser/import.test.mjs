// Files dropped on the viewer: looked at, corrected, imported, seen on the map. What is waited for is what the screen
// says; the map is asked only where it has something to show.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { answer, keep, launch, open as openAt, server, shareOf, skip } from './browser.mjs';
import { gb18030, xlsx } from './files.mjs';

const SLOW = { timeout: 90_000, polling: 250 };
/** Keys and names of this run, so that it can be run again on the same store. */
const RUN = Date.now().toString(36).toUpperCase();
const PHONE = { width: 390, height: 844, hasTouch: true, isMobile: true };
let browser;
let at;

before(async () => {
  if (skip) return;
  browser = await launch();
  const [west, south, east, north] = (await answer('/api/city')).bounds;
  at = [(west + east) / 2, (south + north) / 2];
});
afterEach(() => Promise.all(browser?.contexts().map((context) => context.close()) ?? []));
after(() => browser?.close());

/** The desk of data, without waiting for its map. */
async function open(hash, more = {}) {
  const page = await openAt(browser, `#desk=data&off=coverage,labels&${hash}`, { settle: false, ...more });
  await page.waitForSelector('.map', SLOW);
  if (more.isMobile) await page.locator('nav button').last().click();
  await page.waitForSelector('.zone:not([disabled])', SLOW);
  return page;
}

/** Hydrants around the middle of the city, the last without a place. */
function hydrants(n, key, [pressure, unit] = [0.3, '(MPa)'], move = [0, 0]) {
  const rows = Array.from({ length: n }, (_, i) => {
    const [lon, lat] = [at[0] + move[0] + ((i % 8) - 4) * 0.0006, at[1] + move[1] + (Math.floor(i / 8) - 3) * 0.0005];
    return `${key}${i},${lon.toFixed(6)},${lat.toFixed(6)},${i % 4 ? '正常' : '待修理'},${pressure},巡检 ${i}`;
  });
  return `编号,经度,纬度,状态,水压${unit},备注\n${rows.join('\n')}\n${key}x,,,正常,${pressure},没有位置\n`;
}

/** Drops files on the map as a hand would. */
async function dropOn(page, files) {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, content] of files) transfer.items.add(new File([content], name));
    return transfer;
  }, files);
  await page.dispatchEvent('.map', 'dragenter', { dataTransfer: transfer });
  await page.waitForSelector('.curtain');
  await page.dispatchEvent('.map', 'drop', { dataTransfer: transfer });
}
/** Chooses files from a list. */
const choose = (page, ...files) =>
  page.setInputFiles('input[type=file]', files.map(([name, content]) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })));
const main = (page) => page.locator('.actions .main');
/** All of the files has been read, and so much of it can be imported. */
const counted = (page, n) =>
  page.waitForFunction((n) => new RegExp(`(^|\\D)${n}(\\D|$)`).test(document.querySelector('.actions .main')?.textContent ?? ''), n, SLOW);
const ended = (page) => page.waitForSelector('.verdict', SLOW);
const panel = (page) => page.locator('.panel, .sheet .content').first().innerText();
const count = async () => (await answer('/api/city')).layers.find(({ layer }) => layer === 'hydrant').count;
/** The server's map has taken an import up. */
async function holds(n) {
  for (const start = Date.now(); Date.now() - start < 60_000; await new Promise((done) => setTimeout(done, 250))) {
    if ((await count()) === n) return;
  }
  assert.equal(await count(), n, 'hydrants on the map');
}

test('a table dropped on the map is looked at, corrected, imported and seen', { skip }, async () => {
  const page = await open('theme=light&off=coverage,hydrants,labels');
  const before = await count();
  await dropOn(page, [['消火栓新增.csv', hydrants(48, `DROP${RUN}-`)]]);
  await counted(page, 48);
  let share = 0;
  for (let tries = 0; tries < 60 && share < 0.0005; tries += 1) share = await shareOf(page, [0xc9, 0x16, 0x7f]);
  assert.ok(share > 0.0005, 'the map shows what the file holds');
  assert.equal(await count(), before, 'nothing is imported yet');
  assert.match(await panel(page), /消火栓新增\.csv/);
  await keep(page, 'import-looked');

  await page.locator('select[aria-label^="备注"]').selectOption('address');
  await page.waitForFunction(() => document.querySelector('select[aria-label^="备注"]')?.value === 'address', null, SLOW);
  await counted(page, 48);
  await main(page).click();
  await ended(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').click()]);
  assert.equal(download.suggestedFilename(), 'rejects.csv');
  const rejects = await readFile(await download.path(), 'utf8');
  assert.match(rejects, new RegExp(`DROP${RUN}-x`));
  assert.match(rejects, /no_geometry/);
  await holds(before + 48);
  await keep(page, 'import-done');
  const { results } = await answer(`/api/search?q=DROP${RUN}-7&limit=5`);
  assert.ok(results.some((hit) => hit.layer === 'hydrant'), 'the hydrants are found');
  assert.deepEqual(page.faults, []);
  assert.deepEqual(page.strangers, []);
});

test('a table of Amap in GB18030 is put right, kept as a profile, and what it no longer holds is told', { skip }, async () => {
  const page = await open('theme=light');
  const before = await count();
  const table = (n) => [`水务集团${RUN}.csv`, gb18030(hydrants(n, `GCJ${RUN}-`, [320, ''], [0.01, 0.005]))];
  await choose(page, table(20));
  await page.waitForSelector('.desk > .asks select', SLOW);
  await page.locator('.choices select', { has: page.locator('option[value="GCJ-02"]') }).selectOption('GCJ-02');
  await page.locator('.asks li', { hasText: '水压' }).locator('select').selectOption('kPa');
  await page.locator('.asks li', { hasText: '待修理' }).locator('select').selectOption('out_of_service');
  await page.waitForFunction(() => document.querySelectorAll('.desk > .asks li.open').length === 0, null, SLOW);
  await counted(page, 20);
  assert.match(await panel(page), /kPa/);
  assert.match(await panel(page), /GCJ-02/);
  await keep(page, 'import-settled');
  await page.locator('.remember input').fill('水务集团');
  await main(page).click();
  await ended(page);
  assert.match(await panel(page), /已记为方案“水务集团”/);
  await holds(before + 20);
  const { results } = await answer(`/api/search?q=GCJ${RUN}-0&limit=5`);
  const [hit] = results.filter((found) => found.layer === 'hydrant');
  const feature = await answer(`/api/features/hydrant/${hit.id}`);
  assert.equal(feature.properties.state, 'out_of_service');
  assert.ok(Math.abs(feature.properties.pressure_mpa - 0.32) < 1e-9, JSON.stringify(feature.properties));
  const [lon] = feature.geometry.coordinates;
  const moved = (at[0] + 0.01 - 4 * 0.0006 - lon) * 111_320 * Math.cos((at[1] * Math.PI) / 180);
  assert.ok(Math.abs(moved) > 50 && Math.abs(moved) < 1000, `it was brought from GCJ-02 to WGS 84: ${moved} m`);

  await page.locator('.actions .main').click();
  await page.waitForSelector('.zone:not([disabled])', SLOW);
  await choose(page, table(15));
  await counted(page, 15);
  await page.locator('.choices select', { has: page.locator('option[value="水务集团"]') }).selectOption('水务集团');
  await page.waitForSelector('.stays', SLOW);
  assert.match(await page.locator('.stays').innerText(), /5 个不在这些文件里，会留在地图上/);
  await main(page).click();
  await ended(page);
  assert.match(await page.locator('.stays').innerText(), /5 个不在这些文件里，仍留在地图上/);
  assert.equal(await count(), before + 20);
  assert.deepEqual(page.faults, []);
});

test('a workbook with titles and several sheets shows its header and lets one be picked', { skip }, async () => {
  const page = await open('theme=light&lang=en');
  const rows = (n, key) => Array.from({ length: n }, (_, i) => [`${key}${i}`, at[0] + i * 0.0004, at[1] + i * 0.0003, '正常', 0.3]);
  const sheet = (rows) => [['某区市政消火栓台账'], [], ['编号', '经度', '纬度', '状态', '水压(MPa)'], ...rows];
  const book = xlsx({ 城区: sheet(rows(6, 'IN')), 郊区: sheet(rows(4, 'OUT')), 填表说明: [['每年三月更新']] });
  await choose(page, ['台账.xlsx', book]);
  await counted(page, 10);
  assert.match(await panel(page), /header is row 3/);
  assert.doesNotMatch(await panel(page), /--header-row/, 'the screen names its own fields');
  await page.locator('.choices select', { has: page.locator('option[value="郊区"]') }).selectOption('郊区');
  await counted(page, 4);
  assert.match(await panel(page), /台账\.xlsx\/郊区/);
  await keep(page, 'import-workbook');
  assert.deepEqual(page.faults, []);
});

test('coordinates in a plane are put where a person says, with the candidates to choose from', { skip }, async () => {
  const page = await open('theme=light&lang=en');
  const rows = Array.from({ length: 9 }, (_, i) => `P${i},${645000 + i * 60},${3275000 + i * 40}`).join('\n');
  await dropOn(page, [['hydrants.csv', `name,x,y\n${rows}\n`]]);
  await page.waitForSelector('.systems button', SLOW);
  const first = await page.locator('.systems button b').first().innerText();
  await keep(page, 'import-candidates');
  await page.locator('.systems button').first().click();
  await counted(page, 9);
  assert.equal(await page.locator('.choices select', { has: page.locator('option[value="GCJ-02"]') }).inputValue(), first);
  assert.deepEqual(page.faults, []);
});

test('the file chooser does the same on a phone', { skip }, async () => {
  for (const theme of ['light', 'dark']) {
    const page = await open(`theme=${theme}`, PHONE);
    await keep(page, `import-phone-${theme}-empty`);
    await choose(page, ['消火栓.csv', hydrants(20, 'PHONE')]);
    await counted(page, 20);
    const wide = await page.evaluate(() => document.querySelector('.sheet .content').scrollWidth - document.querySelector('.sheet .content').clientWidth);
    assert.ok(wide <= 0, `nothing is wider than the sheet (${wide} px)`);
    await keep(page, `import-phone-${theme}`);
    await page.locator('.sheet .handle').click();
    await page.waitForTimeout(400);
    await keep(page, `import-phone-${theme}-high`);
    assert.deepEqual(page.faults, []);
  }
});

test('what cannot be read is told as a sentence with what to do, and where nobody may import the screen says so', { skip }, async () => {
  const page = await open('theme=dark&lang=en');
  const trouble = async (name, content) => {
    await choose(page, [name, content]);
    await page.waitForFunction((name) => document.querySelector('.trouble')?.textContent.includes(name), name, SLOW);
    const told = await page.locator('.trouble').innerText();
    await page.locator('.actions button').last().click();
    await page.waitForSelector('.zone:not([disabled])', SLOW);
    return told;
  };
  assert.match(await trouble('broken.geojson', '{"type":"FeatureCollection","features":[{"type":"Fea'), /Download or export it again/);
  assert.match(await trouble('empty.csv', ''), /empty\.csv/);
  assert.match(await trouble('plan.pdf', '%PDF-1.7 …'), /PDF/);
  await choose(page, ['hydrants.csv', `Nr,Ost,Nord\nA,${at[0]},${at[1]}\nB,${at[0] + 0.001},${at[1]}\n`]);
  await page.waitForSelector('.trouble', SLOW);
  assert.match(await page.locator('.trouble').innerText(), /“Columns and fields: lon=column”/);
  await keep(page, 'import-trouble');
  const [lon, lat] = [page.locator('.trouble .two select').first(), page.locator('.trouble .two select').last()];
  await lon.selectOption('Ost');
  await lat.selectOption('Nord');
  await counted(page, 2);
  assert.deepEqual(page.faults, []);

  await page.context().route('**/api/import', (route) =>
    route.fulfill({ status: 403, json: { code: 'import_elsewhere', message: 'On the server run: firemap import FILE…' } }),
  );
  await page.reload();
  await page.waitForSelector('.closed', SLOW);
  assert.match(await page.locator('.closed').innerText(), /firemap import/);
});

test('a box takes what lies in it alone, typed or as the map shows it', { skip }, async () => {
  const page = await open('theme=light');
  await choose(page, [`范围${RUN}.csv`, hydrants(16, `BOX${RUN}-`, undefined, [-0.012, 0.004])]);
  await counted(page, 16);
  // Every row has eight columns, of which the four eastern ones begin at the middle.
  const [west, south, north] = [at[0] - 0.012 - 0.0001, at[1] - 0.1, at[1] + 0.1];
  const box = page.locator('.choices .box input');
  await box.fill([west, south, west + 1, north].map((degrees) => degrees.toFixed(5)).join(','));
  await box.press('Enter');
  await counted(page, 8);
  const typed = await box.inputValue();
  await page.locator('.choices .box button').click();
  await page.waitForFunction((typed) => document.querySelector('.choices .box input').value !== typed, typed, SLOW);
  const [left, bottom, right, top] = (await box.inputValue()).split(',').map(Number);
  assert.ok(left < right && bottom < top && right - left < 0.2, `${left},${bottom},${right},${top}`);
  await box.fill('');
  await box.press('Enter');
  await counted(page, 16);
  assert.deepEqual(page.faults, []);
});

test('a newer file that would take more than half off the map is refused until a person says so', { skip }, async () => {
  const page = await open('theme=light');
  const before = await count();
  const table = (n) => [`撤下${RUN}.csv`, hydrants(n, `OFF${RUN}-`, undefined, [0.014, 0.006])];
  await choose(page, table(12));
  await counted(page, 12);
  await main(page).click();
  await ended(page);
  await holds(before + 12);
  await page.locator('.actions .main').click();
  await page.waitForSelector('.zone:not([disabled])', SLOW);
  await choose(page, table(3));
  await counted(page, 3);
  await page.locator('.replace input').first().check();
  await page.waitForSelector('.replace.most', SLOW);
  await page.waitForFunction(() => /一半|more than half/.test(document.querySelector('.panel').innerText.replace(/即使会撤下一半以上/, '')), null, SLOW);
  assert.equal(await count(), before + 12);
  await keep(page, 'import-most');
  await page.locator('.replace.most input').check();
  await counted(page, 3);
  await main(page).click();
  await ended(page);
  await holds(before + 3);
});
