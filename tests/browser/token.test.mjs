// A server that takes edits with a token only: the card asks for it, says when it is wrong, keeps it with the tab alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { keep, launch, open } from './browser.mjs';

// FIREMAP_GUARDED is its address, FIREMAP_TOKEN_FILE the file that it has the token from.
const guarded = process.env.FIREMAP_GUARDED;
const skip = guarded ? false : 'skipped: FIREMAP_GUARDED does not name a server that asks for a token';

let browser;
before(async () => {
  if (!skip) browser = await launch();
});
after(() => browser?.close());

test('a token is asked for where one is needed, and leaves by no link', { skip }, async () => {
  const token = readFileSync(process.env.FIREMAP_TOKEN_FILE, 'utf8').trim();
  const features = async (path) => (await fetch(guarded + path)).json();
  const hydrant = (await features('/api/features/hydrant?limit=50')).features.find(({ properties }) => properties.state === 'in_service');
  const state = async () => (await features(`/api/features/hydrant/${hydrant.id}`)).properties.state;
  const [lng, lat] = hydrant.geometry.coordinates;
  const page = await open(browser, `#17/${lat}/${lng}&sel=hydrant/${hydrant.id}&theme=light`, { at: guarded });
  const confirm = async () => {
    // Who clicks twice without reading has not confirmed.
    await page.waitForTimeout(400);
    await page.locator('.choice .sure').click();
  };
  await page.locator('[data-act=close]').click();
  await page.waitForSelector('.token input');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'password', 'the field is where one types');
  await confirm();
  assert.equal(await state(), 'in_service', 'without a token nothing is sent');

  await page.locator('.token input').fill('not the token');
  await confirm();
  await page.waitForSelector('.choice .trouble');
  assert.match(await page.locator('.choice .trouble').innerText(), /不认这个令牌/);
  assert.equal(await state(), 'in_service');
  await keep(page, 'token-wrong');

  await page.locator('.token input').fill(token);
  await confirm();
  await page.waitForSelector('.toast');
  assert.equal(await state(), 'out_of_service');
  assert.ok(!page.url().includes(token) && !(await page.content()).includes(token), 'it stands in no link and on no screen');

  // It is not asked for again in this tab, and another has to be told it.
  await page.locator('.undo').click();
  await page.waitForSelector('.toast >> text=已撤销');
  assert.equal(await state(), 'in_service');
  await page.reload();
  await page.locator('[data-act=close]').click();
  assert.equal(await page.locator('.token input').count(), 0);
  const other = await open(browser, new URL(page.url()).hash, { at: guarded });
  await other.locator('[data-act=close]').click();
  await other.waitForSelector('.token input');
  assert.deepEqual([page.strangers, other.strangers], [[], []]);
  assert.deepEqual(other.faults, []);
});
