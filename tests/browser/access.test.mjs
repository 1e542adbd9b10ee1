// Access and what fails first in a real browser: findings on the map, in a list and on a card; losses drawn while their
// list is open; the map on a wall and on paper.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answer, keep, launch, open, rest, shareOf, skip } from './browser.mjs';

let browser;
let told;
/** The worst finding about a lane. */
let lane;

before(async () => {
  if (skip) return;
  browser = await launch();
  told = await answer('/api/ground/access?most=300');
  [lane] = (await answer('/api/ground/access?layer=lane&most=1')).rows;
  assert.ok(lane, 'the demo city has a lane that was held against the rules');
});
afterEach(() => Promise.all(browser?.contexts().map((context) => context.close()) ?? []));
after(() => browser?.close());

const digits = (text) => Number(text.replace(/\D/g, ''));
const near = ({ lon, lat }, zoom) => `#${zoom}/${lat.toFixed(6)}/${lon.toFixed(6)}`;
const ALONE = 'off=hydrants,stations,places,labels,dangers';

test('coloured by access the planner lists findings, worst first, and a click flies there and says why', { skip }, async () => {
  const page = await open(browser, '#theme=light', { settle: false });
  await page.locator('.panel label', { hasText: '通行' }).click();
  await page.waitForFunction(() => location.hash.includes('by=access'));
  await page.waitForSelector('.panel .counts');
  const counts = await page.locator('.panel .counts b').allInnerTexts();
  assert.deepEqual(counts.map(digits), told.counts.map(({ count }) => count).filter((count) => count > 0));
  const first = page.locator('.panel [role=option]').first();
  assert.ok((await first.innerText()).includes(told.rows[0].building_name));
  await first.click();
  const { layer, id } = told.rows[0];
  await page.waitForFunction((of) => location.hash.includes(`sel=${of}`), `${layer}/${id}`);
  await page.waitForSelector('.card .access li');
  await rest(page);
  const card = await page.locator('.card .access').innerText();
  const { rule, older } = told.rows[0];
  for (const part of ['低于“应”', rule.zh, rule.clause, rule.edition, ...(older ? ['建筑早于该版规范'] : [])]) {
    assert.ok(card.includes(part), `${part} in ${card}`);
  }
  const legend = await page.locator('.legend').innerText();
  for (const part of ['登高车可到', '无车可到', '低于“应”', '低于推荐做法']) assert.ok(legend.includes(part), `${part} in ${legend}`);
  await keep(page, 'access');
  assert.deepEqual(page.faults, []);
});

test('a click on a finding of a lane opens that lane with its measured value beside what is asked', { skip }, async () => {
  const page = await open(browser, `${near(lane, 19)}&by=access&theme=light&${ALONE}`);
  await page.locator('.map').click();
  await page.waitForFunction((id) => location.hash.includes(`sel=lane/${id}`), lane.id);
  await page.waitForSelector('.card .access li');
  const { rows } = await answer(`/api/ground/access?layer=lane&id=${lane.id}`);
  const shown = await page.locator('.card .access li').allInnerTexts();
  const short = rows.filter(({ verdict }) => verdict !== 'kept');
  assert.equal(shown.length, short.length || rows.length);
  assert.ok(shown[0].includes(lane.rule.edition) && shown[0].includes(lane.measured === null ? '未量取' : `实为 ${lane.measured}`), shown[0]);
  await keep(page, 'access-lane');
  assert.deepEqual(page.faults, []);
});

test('what fails first is drawn while its list is open, hydrants or roads, and the link keeps it', { skip }, async () => {
  const { rows: [hydrant] } = await answer('/api/ground/fragile?what=hydrant&grade=serviceable&most=1');
  const at = near({ lon: hydrant.at[0], lat: hydrant.at[1] }, 17);
  const page = await open(browser, `${at}&theme=light&${ALONE},coverage`);
  const CRIMSON = [0x7a, 0x0f, 0x3c];
  const before = await shareOf(page, CRIMSON, 16);
  await page.locator('.panel button', { hasText: '最经不起失效的' }).click();
  await page.waitForFunction(() => location.hash.includes('fails=hydrant'));
  await rest(page);
  const drawn = await shareOf(page, CRIMSON, 16);
  assert.ok(drawn > before + 0.0001, `crimson is ${before} before and ${drawn} with the list open`);
  assert.match(await page.locator('.legend').innerText(), /圈越大，失去水源的建筑越多/);
  await keep(page, 'fragile-hydrants');
  await page.locator('.panel [role=tab]', { hasText: '道路' }).click();
  await page.waitForFunction(() => location.hash.includes('fails=road'));
  assert.match(await page.locator('.legend').innerText(), /线越粗，被隔断的建筑越多/);
  await page.locator('.panel button', { hasText: '最经不起失效的' }).click();
  await page.waitForFunction(() => !location.hash.includes('fails='));
  assert.doesNotMatch(await page.locator('.legend').innerText(), /最经不起失效的/);
  assert.deepEqual(page.faults, []);
});

test('on a wall there are no panels, the figures stay, and Esc leaves it', { skip }, async () => {
  const page = await open(browser, '#theme=dark', { width: 1920, height: 1080, settle: false });
  await page.waitForSelector('[data-figure=covered]');
  await page.keyboard.press('w');
  await page.waitForFunction(() => location.hash.includes('wall=1'));
  assert.equal(await page.locator('.panel, .rail, input').count(), 0);
  assert.equal(await page.locator('[data-figure]').count(), 5);
  await rest(page);
  await keep(page, 'wall');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.rail');
  assert.deepEqual(page.faults, []);
});

test('the sheet that is printed has the ratio of its place, a scale bar in its corner and the legend', { skip }, async () => {
  const page = await open(browser, `${near(lane, 16)}&by=access&theme=dark`);
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  await page.locator('.rail button[aria-label="打印地图"]').click();
  await page.waitForFunction(() => window.printed, null, { timeout: 60_000 });
  const sheet = await page.evaluate(() => {
    const image = document.querySelector('.map-sheet');
    const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalHeight });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    // The bar's first half is black, its second white within black.
    const unit = canvas.width / 1100;
    const row = pen.getImageData(0, Math.round(canvas.height - 19.5 * unit), Math.round(canvas.width / 4), 1).data;
    let black = 0;
    for (let i = 0; i < row.length; i += 4) if (row[i] + row[i + 1] + row[i + 2] < 60) black += 1;
    return { ratio: canvas.width / canvas.height, black: black / canvas.width };
  });
  assert.ok(Math.abs(sheet.ratio - 277 / 118) < 0.01, `ratio ${sheet.ratio}`);
  assert.ok(sheet.black > 0.03 && sheet.black < 0.12, `bar of ${sheet.black}`);
  await page.emulateMedia({ media: 'print' });
  assert.match(await page.locator('.paper dl').innerText(), /低于“应”/);
  await keep(page, 'paper');
});
