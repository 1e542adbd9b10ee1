// Two servers over one PostGIS: a hydrant is closed in a third tool by plain SQL, and the maps, figures and building
// cards of both follow without a reload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { keep, launch, open, rest } from './browser.mjs';

// FIREMAP_NODES are their addresses, FIREMAP_NODES_DB says which database to psql (host, port, user and name as it takes them).
const nodes = process.env.FIREMAP_NODES?.split(' ') ?? [];
const database = process.env.FIREMAP_NODES_DB?.split(' ') ?? [];
const skip = nodes.length === 2 ? false : 'skipped: there is no PostgreSQL with PostGIS here';

let browser;
before(async () => {
  if (!skip) browser = await launch();
});
after(() => browser?.close());

const sql = (statement) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...database, '-c', statement], { encoding: 'utf8' });

async function told(node, path) {
  const response = await fetch(node + path);
  assert.equal(response.status, 200, path);
  return response.json();
}

/** A hydrant that others hang on, and a building that it alone reaches by hose. */
async function dependent(node) {
  for (const hydrant of (await told(node, '/api/ground/fragile?what=hydrant')).rows.slice(0, 20)) {
    const [lon, lat] = hydrant.at;
    const near = await told(node, `/api/features/building?bbox=${lon - 0.002},${lat - 0.002},${lon + 0.002},${lat + 0.002}`);
    for (const { id } of near.features) {
      const ground = await told(node, `/api/ground/building/${id}`);
      if (ground.laid === 'within' && ground.hoses[0]?.id === hydrant.id && !ground.hoses[1]?.within) {
        return { hydrant, building: id };
      }
    }
  }
  return assert.fail('no building hangs on one hydrant');
}

test('a hydrant closed by plain SQL is closed on the maps, figures and cards of both nodes, without a reload', { skip }, async () => {
  const { hydrant, building } = await dependent(nodes[0]);
  const [lon, lat] = hydrant.at;
  const hash = `#16/${lat}/${lon}&sel=building/${building}&theme=light`;
  const pages = [];
  for (const node of nodes) pages.push(await open(browser, hash, { at: node }));
  const card = (page) => page.locator('section.card').innerText();
  const map = (page) => page.locator('.map').screenshot();
  const before = [];
  for (const [nth, page] of pages.entries()) {
    await page.waitForSelector('section.card .verdict');
    await page.evaluate(() => { window.neverReloaded = true; });
    await rest(page);
    before.push({ card: await card(page), map: await map(page) });
    await keep(page, `nodes-${nth + 1}-before`);
  }

  sql(`update hydrant set state = 'out_of_service' where fid = ${hydrant.id}`);

  for (const [nth, page] of pages.entries()) {
    const was = before[nth];
    await page.waitForFunction((was) => document.querySelector('section.card').innerText !== was, was.card, { timeout: 20_000 });
    // One of many hydrants may not show in the last digit; what the figure says is what the server answers.
    const { rate } = (await told(nodes[nth], '/api/city')).figures.sound;
    await page.waitForFunction(
      (wanted) => document.querySelector('[data-figure=sound] .value b').innerText === wanted,
      `${(rate * 100).toFixed(1)}%`,
      { timeout: 20_000 },
    );
    await rest(page);
    assert.ok(!(await map(page)).equals(was.map), `the map of node ${nth + 1} shows it`);
    assert.equal(await page.evaluate(() => window.neverReloaded), true);
    await keep(page, `nodes-${nth + 1}-after`);
    assert.deepEqual(page.faults, []);
  }
  const revisions = await Promise.all(nodes.map(async (node) => (await told(node, '/api/city')).revision));
  assert.equal(revisions[0], revisions[1]);
  const [a, b] = await Promise.all(nodes.map((node) => told(node, `/api/ground/building/${building}`)));
  assert.notEqual(a.laid, 'within');
  assert.deepEqual(a, b);
  // The same bytes from both.
  const n = 2 ** 15;
  const x = Math.floor(((lon + 180) / 360) * n);
  const y = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * n);
  for (const source of ['fire', 'buildings', 'ground', 'risk']) {
    const [one, other] = await Promise.all(nodes.map(async (node) => Buffer.from(await (await fetch(`${node}/tiles/${source}/15/${x}/${y}`)).arrayBuffer())));
    assert.ok(one.equals(other), `${source} is the same`);
  }
});
