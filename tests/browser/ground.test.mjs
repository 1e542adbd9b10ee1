// Along the ground in a real browser: colours by hose and arrival, the planner's bars, ways on the map, an alarm.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answer, keep, launch, open, rest, server, shareOf, skip } from './browser.mjs';

let browser;
let city;
let told;
/** A building that circles cover and hose does not reach, what it has along the ground, and a link to it. */
let building;
let card;
let at;

before(async () => {
  if (skip) return;
  browser = await launch();
  city = await answer('/api/city');
  // Who asks for areas waits until all is found.
  await answer('/api/ground/areas?level=district');
  told = (await answer('/api/ground')).found;
  for (let after = 0; !building; ) {
    const page = await answer(`/api/features/building?limit=200&after=${after}`);
    for (const feature of page.features) {
      card = await answer(`/api/ground/building/${feature.id}?grade=serviceable&most=2`);
      if (card.versus === 'circle_only' && card.hoses.length && card.engine.length) {
        building = feature;
        break;
      }
    }
    after = page.next;
    if (!after) break;
  }
  assert.ok(building, 'the demo city has a building inside a circle that hose does not reach');
  const [west, south, east, north] = building.bbox;
  at = `#17.5/${((south + north) / 2).toFixed(5)}/${((west + east) / 2).toFixed(5)}`;
});
afterEach(() => Promise.all(browser?.contexts().map((context) => context.close()) ?? []));
after(() => browser?.close());

const digits = (text) => Number(text.replace(/\D/g, ''));
const metres = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const time = (s) => [s >= 60 ? `${Math.floor(s / 60)}${s % 60 ? '分' : '分钟'}` : '', s % 60 || s < 60 ? `${s % 60}秒` : ''].join('');
const serviceable = () => told.whole.hose.find(({ grade }) => grade === 'serviceable');
const TEAL = [0x0f, 0x6a, 0x64];

test('the ground is asked for only when buildings are coloured by it, and the legend and the link follow', { skip }, async () => {
  const page = await open(browser, `${at}&theme=light`, { settle: false });
  const tiles = [];
  page.on('request', (request) => /\/tiles\/ground\/\d/.test(request.url()) && tiles.push(request.url()));
  await rest(page);
  assert.deepEqual(tiles, []);
  assert.doesNotMatch(await page.locator('.legend').innerText(), /水带/);
  await page.locator('.panel label', { hasText: '对比' }).click();
  await page.waitForFunction(() => location.hash.includes('by=versus'));
  await rest(page);
  assert.ok(tiles.length > 0);
  assert.match(await page.locator('.legend').innerText(), /仅圆内，水带不达/);
  const orange = await shareOf(page, [0xe0, 0x82, 0x14], 40);
  assert.ok(orange > 0.0005, `${(orange * 100).toFixed(3)} % of the map is hatched orange`);
  await keep(page, 'versus');
  await page.locator('.panel label', { hasText: '消防车' }).click();
  await rest(page);
  assert.match(await page.locator('.legend').innerText(), /≤ 1分钟[\s\S]*≤ 5分钟[\s\S]*更晚[\s\S]*无人可到/);
  await keep(page, 'engine');
  assert.deepEqual(page.faults, []);
});

test('squares far out are coloured by what hose reaches', { skip }, async () => {
  const page = await open(browser, '#by=hose&theme=light&off=labels,hydrants,stations');
  assert.match(await page.locator('.legend').innerText(), /已知建筑中水带可达的比例/);
  const coloured = (await shareOf(page, [0x1b, 0x7f, 0x79], 60)) + (await shareOf(page, [0x7b, 0x32, 0x94], 60));
  assert.ok(coloured > 0.003, `${(coloured * 100).toFixed(2)} % of the map is coloured`);
  await keep(page, 'hose-squares');
  assert.deepEqual(page.faults, []);
});

test('the planner opens with what circle and hose cover, their difference, and the limit as unverified', { skip }, async () => {
  const page = await open(browser, '#theme=light', { settle: false });
  await page.waitForSelector('.against [data-of=buildings]');
  const hose = serviceable();
  const rows = await page.locator('.against [data-of=buildings] dl dd.number:not(.share)').allInnerTexts();
  assert.deepEqual(rows.map(digits), [city.figures.by_grade.serviceable.whole, hose.within.buildings]);
  const people = await page.locator('.against [data-of=residents] dl dd.number:not(.share)').allInnerTexts();
  assert.deepEqual(people.map(digits), [city.figures.residents.covered.serviceable, hose.within.residents]);
  assert.equal(digits(await page.locator('.against [data-of=buildings] .difference .number').first().innerText()), hose.circle_only.buildings);
  const limits = await page.locator('.limits').innerText();
  assert.match(limits, /未核验/);
  for (const [i, metres] of told.shown_at_m.entries()) {
    const share = ((100 * hose.shown[i].buildings) / told.whole.all.buildings).toFixed(1);
    assert.match(limits, new RegExp(`${metres} m\\s*${share}%`));
  }
});

test('while it is computed the planner says so, and fills in when it is found', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  let ready = false;
  const all = await answer('/api/ground');
  await page.context().route('**/api/ground', (route) => route.fulfill({ json: ready ? all : { ...all, state: 'computing', found: null } }));
  await page.reload();
  await page.waitForSelector('.against >> text=正在沿路网计算');
  ready = true;
  await page.waitForSelector('.against [data-of=buildings]');
  assert.deepEqual(page.faults, []);
});

test('a building inside the circle that hose does not reach says what hose would take, and shows its ways until Esc', { skip }, async () => {
  const page = await open(browser, `${at}&theme=light&off=coverage,labels,lanes`);
  const before = await shareOf(page, TEAL, 14);
  await page.goto(`${server}/${at}&theme=light&off=coverage,labels,lanes&sel=building/${building.id}`);
  await page.waitForSelector('.card .ways');
  await rest(page);
  const text = await page.locator('section.card').innerText();
  assert.ok(text.includes(`圆内，但水带需铺 ${metres(card.hoses[0].way_m)} m，超过 ${card.limit_m} m。`), text);
  for (const way of card.hoses) assert.ok(text.includes(`${way.lengths} 根水带`) && text.includes(way.name));
  for (const [of, list] of [['engine', card.engine], ['micro', card.micro]]) {
    const rows = await page.locator(`[data-crew=${of}] li`).allInnerTexts();
    assert.equal(rows.length, list.length);
    for (const [i, crew] of list.entries()) {
      assert.ok(rows[i].includes(time(crew.total_s)) && rows[i].includes(`出动 ${time(crew.turnout_s)} + 途中 ${time(crew.travel_s)}`), rows[i]);
    }
  }
  const drawn = await shareOf(page, TEAL, 14);
  assert.ok(drawn > before + 0.0005, `teal is ${before} before and ${drawn} with the ways`);
  await keep(page, 'ways');
  await page.keyboard.press('Escape');
  await page.waitForSelector('section.card', { state: 'detached' });
  await rest(page);
  assert.ok((await shareOf(page, TEAL, 14)) < before + 0.0002, 'the ways are gone');
  assert.deepEqual(page.faults, []);
});

test('a building without a way to a road is unknown, and the card says why', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  const json = { ...card, laid: 'unknown', versus: 'unknown', on_foot: false, by_engine: false, hoses: [], micro: [], engine: [] };
  await page.context().route('**/api/ground/building/**', (route) => route.fulfill({ json }));
  await page.goto(`${server}/${at}&sel=building/${building.id}&theme=dark`);
  await page.waitForSelector('.card .ways');
  const text = await page.locator('section.card').innerText();
  assert.match(text, /没有找到从这里到道路的通路，水带能否铺到不明/);
  assert.match(text, /消防车到场不明/);
});

test('a right click asks what the place has, by link too, and Esc takes it away', { skip }, async () => {
  const page = await open(browser, `${at}&desk=command&theme=light`);
  const box = await page.locator('.map').boundingBox();
  await page.mouse.click(box.x + box.width * 0.7, box.y + box.height / 2, { button: 'right' });
  await page.waitForFunction(() => /[#&]at=/.test(location.hash));
  await page.waitForSelector('.card .ways');
  const [, lon, lat] = /at=([-\d.]+),([-\d.]+)/.exec(page.url());
  const place = await answer(`/api/ground/place?lon=${lon}&lat=${lat}&grade=serviceable&most=2`);
  const rows = await page.locator('[data-crew=engine] li').allInnerTexts();
  assert.equal(rows.length, place.engine.length);
  for (const [i, crew] of place.engine.entries()) assert.ok(rows[i].includes(crew.name), rows[i]);
  await rest(page);
  await keep(page, 'alarm');
  await page.keyboard.press('Escape');
  await page.waitForSelector('section.card', { state: 'detached' });
  await page.waitForFunction(() => !/[#&]at=/.test(location.hash));
  await page.locator('button', { hasText: '在此报警' }).click();
  await page.waitForSelector('.aim');
  await page.mouse.click(box.x + box.width * 0.7, box.y + box.height / 2);
  await page.waitForFunction(() => /[#&]at=/.test(location.hash));
  assert.deepEqual(page.faults, []);
});

test('where circles are not assessed hose still is, and the screen says so', { skip }, async () => {
  const page = await open(browser, '', { settle: false });
  const none = { whole: 0, part: 0, not: 0, unknown: 0, not_assessed: city.figures.buildings };
  const figures = { ...city.figures, by_grade: { nominal: none, serviceable: none, verified: none } };
  const json = { ...city, figures, circle_m: null, rules: { ...city.rules, not_assessed: { code: 'route', zh: '直线圆不能代替', en: 'a circle does not tell it' } } };
  await page.context().route('**/api/city', (route) => route.fulfill({ json }));
  await page.goto(`${server}/${at}&by=hose&theme=light`);
  await page.reload();
  await page.waitForSelector('.against [data-of=buildings]');
  await rest(page);
  const rows = await page.locator('.against [data-of=buildings] dl').innerText();
  assert.match(rows, /未评估/);
  assert.ok(digits(rows.split('水带')[1].split(/\n/).find((line) => /\d/.test(line))) === serviceable().within.buildings, rows);
  assert.match(await page.locator('.panel').innerText(), /水带与到场照常计算/);
  assert.match(await page.locator('.legend').innerText(), /水带不达/);
  assert.deepEqual(page.faults, []);
});

test('the table of areas tells hose, circle alone and engines as the server does', { skip }, async () => {
  const page = await open(browser, '#desk=analysis&sort=hose&theme=light');
  const level = await page.locator('.head select').first().inputValue();
  const { rows } = await answer(`/api/ground/areas?level=${level}`);
  const shares = rows
    .filter(({ rates }) => rates.all.buildings)
    .map(({ rates }) => (100 * rates.hose[1].within.buildings) / rates.all.buildings)
    .sort((a, b) => a - b);
  await page.waitForFunction(() => /%/.test(document.querySelector('tbody td.sorted')?.textContent ?? ''));
  const shown = Number(/([\d.]+)%/.exec(await page.locator('tbody td.sorted').first().innerText())[1]);
  assert.ok(Math.abs(shown - shares[0]) <= 0.11, `${shown} for ${shares[0]}`);
  assert.match(await page.locator('thead').innerText(), /水带可达率[\s\S]*仅圆内[\s\S]*消防车 ≤5分钟/);
  assert.deepEqual(page.faults, []);
});

test('what fails first is listed and flown to, the best next ten are numbered with their running total', { skip }, async () => {
  const page = await open(browser, '#theme=light', { settle: false });
  const { rows } = await answer('/api/ground/fragile?what=hydrant&grade=serviceable&most=20');
  await page.locator('.panel button', { hasText: '最经不起失效的' }).click();
  const list = page.locator('section', { has: page.locator('h3', { hasText: '最经不起失效的' }) }).locator('li');
  await list.first().waitFor();
  assert.equal(digits(await list.first().locator('b').innerText()), rows[0].buildings);
  const plan = await answer('/api/ground/plan?next=10&grade=serviceable');
  await page.locator('button', { hasText: '最有用的 10 处' }).click();
  const picks = page.locator('section', { has: page.locator('h3', { hasText: '在哪里加消火栓' }) }).locator('ol li');
  await picks.first().waitFor();
  assert.equal(await picks.count(), plan.picks.length);
  assert.ok((await picks.last().innerText()).replaceAll(',', '').includes(`累计 ${plan.picks.at(-1).total.buildings} 栋`));
  await rest(page);
  await keep(page, 'plan');
  await list.first().locator('button').click();
  await page.waitForFunction((id) => location.hash.includes(`sel=hydrant/${id}`), rows[0].id);
  await page.locator('button', { hasText: '显示水带范围' }).click();
  await page.waitForSelector('.card .swatch');
  await rest(page);
  await keep(page, 'reach');
  assert.deepEqual(page.faults, []);
});
