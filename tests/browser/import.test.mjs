// Files dropped on the viewer: looked at, corrected, imported, seen on the map.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answer, keep, launch, open, rest, server, shareOf, skip } from './browser.mjs';

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

/** Hydrants around the middle of the city, the last without a place. */
function hydrants(n, key) {
  const rows = Array.from({ length: n }, (_, i) => {
    const [lon, lat] = [at[0] + ((i % 8) - 4) * 0.0006, at[1] + (Math.floor(i / 8) - 3) * 0.0005];
    return `${key}${i},${lon.toFixed(6)},${lat.toFixed(6)},正常,0.${2 + (i % 3)},巡检 ${i}`;
  });
  return `编号,经度,纬度,状态,水压(MPa),备注\n${rows.join('\n')}\n${key}x,,,正常,0.3,没有位置\n`;
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
const main = (page) => page.locator('.actions .main');

test('a table dropped on the map is looked at, corrected, imported and seen', { skip }, async () => {
  const page = await open(browser, '#theme=light&off=coverage,hydrants,labels');
  const before = (await answer('/api/city')).layers.find(({ layer }) => layer === 'hydrant').count;
  await dropOn(page, [['消火栓新增.csv', hydrants(48, 'DROP')]]);
  await page.waitForFunction(() => /48/.test(document.querySelector('.actions .main')?.textContent ?? ''));
  await rest(page);
  assert.ok((await shareOf(page, [0xc9, 0x16, 0x7f])) > 0.0005, 'the map shows what the file holds');
  assert.equal((await answer('/api/city')).layers.find(({ layer }) => layer === 'hydrant').count, before, 'nothing is imported yet');
  const panel = await page.locator('.panel').innerText();
  assert.match(panel, /消火栓新增\.csv/);
  await keep(page, 'import-looked');

  await page.locator('select[aria-label^="备注"]').selectOption('address');
  await page.waitForFunction(() => document.querySelector('select[aria-label^="备注"]')?.value === 'address');
  await page.waitForFunction(() => /48/.test(document.querySelector('.actions .main')?.textContent ?? ''));
  await main(page).click();
  await page.waitForSelector('.verdict.good', { timeout: 30_000 });
  assert.match(await page.locator('.panel').innerText(), /X|没有位置/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').click()]);
  assert.equal(download.suggestedFilename(), 'rejects.csv');
  await page.waitForFunction(
    async ([server, count]) => (await (await fetch(`${server}/api/city`)).json()).layers.find(({ layer }) => layer === 'hydrant').count === count,
    [server, before + 48],
  );
  await keep(page, 'import-done');
  const { results } = await answer('/api/search?q=DROP7&limit=5');
  assert.ok(results.some((hit) => hit.layer === 'hydrant'), 'the hydrants are found');
  assert.deepEqual(page.faults, []);
  assert.deepEqual(page.strangers, []);
});

test('coordinates in a plane are put where a person says, with the candidates on the map', { skip }, async () => {
  const page = await open(browser, '#desk=data&theme=light&lang=en');
  const rows = Array.from({ length: 9 }, (_, i) => `P${i},${645000 + i * 60},${3275000 + i * 40}`).join('\n');
  await dropOn(page, [['hydrants.csv', `name,x,y\n${rows}\n`]]);
  await page.waitForSelector('.systems button');
  const first = await page.locator('.systems button b').first().innerText();
  await rest(page);
  await keep(page, 'import-candidates');
  await page.locator('.systems button').first().click();
  await page.waitForFunction(() => /9/.test(document.querySelector('.actions .main')?.textContent ?? ''));
  assert.match(await page.locator('.choices').innerText(), new RegExp(first));
  assert.deepEqual(page.faults, []);
});

test('the file chooser does the same on a phone', { skip }, async () => {
  for (const theme of ['light', 'dark']) {
    const page = await open(browser, `#desk=data&theme=${theme}`, { width: 390, height: 844, hasTouch: true, isMobile: true });
    await page.locator('nav button', { hasText: '数据' }).click();
    await page.locator('.sheet .zone').waitFor();
    await keep(page, `import-phone-${theme}-empty`);
    await page.setInputFiles('input[type=file]', [{ name: '消火栓.csv', mimeType: 'text/csv', buffer: Buffer.from(hydrants(20, 'PHONE')) }]);
    await page.waitForFunction(() => /20/.test(document.querySelector('.actions .main')?.textContent ?? ''));
    await rest(page);
    const wide = await page.evaluate(() => document.querySelector('.sheet .content').scrollWidth - document.querySelector('.sheet .content').clientWidth);
    assert.ok(wide <= 0, `nothing is wider than the sheet (${wide} px)`);
    await keep(page, `import-phone-${theme}`);
    await page.locator('.sheet .handle').click();
    await page.waitForTimeout(400);
    await keep(page, `import-phone-${theme}-high`);
    assert.deepEqual(page.faults, []);
  }
});

test('what cannot be read is told as a sentence, and where nobody may import the screen says what to do', { skip }, async () => {
  const page = await open(browser, '#desk=data&theme=dark&lang=en');
  await dropOn(page, [['notes.csv', 'a,b\n1,2\n']]);
  await page.waitForSelector('.trouble');
  assert.match(await page.locator('.trouble').innerText(), /notes\.csv/);
  await keep(page, 'import-trouble');
  assert.deepEqual(page.faults, []);
  await page.context().route('**/api/import', (route) =>
    route.fulfill({ status: 403, json: { code: 'import_elsewhere', message: 'On the server run: firemap import FILE…' } }),
  );
  await page.reload();
  await page.waitForSelector('.closed');
  assert.match(await page.locator('.closed').innerText(), /firemap import/);
});
