// Risk in a real browser: the colours and words of the bands, the ranking that flies, the card that sums, areas by band.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answer, keep, launch, open, rest, shareOf, skip } from './browser.mjs';

let browser;
let ranking;
let worst;

before(async () => {
  if (skip) return;
  browser = await launch();
  ranking = await answer('/api/risk/ranking?by=score&most=300');
  worst = await answer(`/api/risk/building/${ranking.rows[0].id}`);
});
afterEach(() => Promise.all(browser?.contexts().map((context) => context.close()) ?? []));
after(() => browser?.close());

const NAMES = { red: '红', orange: '橙', yellow: '黄', blue: '蓝' };
const COLOURS = { red: [0xb3, 0x26, 0x1e], orange: [0xe6, 0x7e, 0x22], yellow: [0xf2, 0xc9, 0x4c], blue: [0x7f, 0xb3, 0xd5] };

test('coloured by risk the map tells the bands, the list flies to the worst and its card sums to the score', { skip }, async () => {
  const page = await open(browser, '#theme=light', { settle: false });
  await page.locator('.panel label', { hasText: '风险' }).click();
  await page.waitForFunction(() => location.hash.includes('by=risk'));
  const first = page.locator('.panel [role=option]').first();
  await first.waitFor();
  const row = await first.innerText();
  for (const part of [NAMES[worst.band], ranking.rows[0].score.toFixed(2)]) assert.ok(row.includes(part), `${part} in ${row}`);
  await first.click();
  await page.waitForFunction((id) => location.hash.includes(`sel=building/${id}`), worst.id);
  await page.waitForSelector('.card .risk .bar');
  await rest(page);
  const card = page.locator('.card .risk');
  assert.equal(await card.locator('.score').innerText(), worst.score.toFixed(2));
  assert.equal(await card.locator('.band').first().innerText(), NAMES[worst.band]);
  const hundredths = (texts) => texts.reduce((sum, text) => sum + Math.round(Number(text) * 100), 0);
  assert.equal(hundredths(await card.locator('.parts li > b').allInnerTexts()), Math.round(worst.raw * 100));
  assert.equal(hundredths(await card.locator('.factors .first b:last-child').allInnerTexts()), Math.round(worst.raw * 100));
  const said = await card.innerText();
  for (const part of [worst.legend.zh, worst.factors[0].title.zh, worst.measures[0].said.zh, '未核验']) assert.ok(said.includes(part), part);
  if (worst.floor?.lifts) assert.ok(said.includes(`不低于 ${worst.floor.least.toFixed(2)}`), said);
  const share = await shareOf(page, COLOURS[worst.band], 20);
  assert.ok(share > 0.001, `${worst.band} is ${share} of the map`);
  const legend = await page.locator('.legend').innerText();
  for (const part of ['红 ≥', '橙 ≥', '黄 ≥', '蓝', '所知不足一半', worst.legend.zh]) assert.ok(legend.includes(part), `${part} in ${legend}`);
  await keep(page, 'risk');
  assert.deepEqual(page.faults, []);
});

test('the analyst ranks without dangers and by what is missing, and compares areas by the share of each band', { skip }, async () => {
  const page = await open(browser, '#desk=analysis&by=risk&theme=light', { settle: false });
  await page.waitForSelector('.panel tbody tr');
  const { whole, rows } = await answer('/api/risk/areas?level=subdistrict');
  assert.equal(await page.locator('.panel tbody tr').count(), rows.length + 1);
  const city = await page.locator('.panel tbody tr').first().innerText();
  for (const share of whole.share_pct) assert.ok(city.includes(share.toFixed(1)), `${share} in ${city}`);
  for (const [by, word] of [['without_d', '不计隐患'], ['missing', '先去查明']]) {
    await page.locator('.panel .ranking [role=tab]', { hasText: word }).click();
    const [{ id, name, address }] = (await answer(`/api/risk/ranking?by=${by}&most=1`)).rows;
    await page.locator('.panel [role=option]').first().filter({ hasText: name || address || `#${id}` }).waitFor();
  }
  await rest(page);
  await keep(page, 'risk-analysis');
  const [area] = [...rows].sort((a, b) => b.share_pct[0] + b.share_pct[1] - a.share_pct[0] - a.share_pct[1]);
  await page.locator('.panel tbody button', { hasText: area.name }).click();
  await page.locator('.ranking .within', { hasText: area.name }).waitFor();
  const within = await answer(`/api/risk/ranking?by=missing&area=${area.id}&most=1`);
  await page.locator('.ranking', { hasText: `共 ${within.of.toLocaleString('zh-CN')} 栋` }).waitFor();
  assert.ok((await page.locator('.card .risk').innerText()).includes(`${area.share_pct[1].toFixed(1)}%`));
  await rest(page);
  await keep(page, 'risk-area');
  assert.deepEqual(page.faults, []);
});

test('on a phone in the dark and in English the card stands in the sheet with the same score', { skip }, async () => {
  const page = await open(browser, `#desk=plan&by=risk&lang=en&theme=dark&sel=building/${worst.id}`, { width: 390, height: 844, hasTouch: true, isMobile: true, settle: false });
  await page.waitForSelector('.risk .bar');
  assert.equal(await page.locator('.risk .score').innerText(), worst.score.toFixed(2));
  assert.ok((await page.locator('.risk').innerText()).includes(worst.legend.en));
  await rest(page);
  await keep(page, 'risk-phone');
  assert.deepEqual(page.faults, []);
});
