// The documentation page in a real browser: it loads from the server alone and a request made in it is answered.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { start } from '../server.mjs'

let server, browser
before(async () => {
  server = await start(new URL('../fixtures/library.graphql', import.meta.url).pathname)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})
after(async () => {
  await browser?.close()
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
})

test('Swagger UI lists the operations and asks no other host', async () => {
  const page = await browser.newPage()
  const foreign = [], problems = []
  page.on('request', request => { if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) foreign.push(request.url()) })
  page.on('console', message => { if (message.type() === 'error') problems.push(message.text()) })
  page.on('pageerror', error => problems.push(String(error)))
  await page.goto(`${server.url}/docs`, { waitUntil: 'networkidle' })
  await page.waitForSelector('.opblock', { timeout: 20_000 })
  const text = await page.textContent('body')
  assert.match(text, /\/books/)
  assert.deepEqual(foreign, [])
  assert.deepEqual(problems, [])
})

test('a request made in the page is answered', async () => {
  const page = await browser.newPage()
  await page.goto(`${server.url}/docs`, { waitUntil: 'networkidle' })
  const operation = page.locator('.opblock-get', { has: page.locator('[data-path="/rest/v1/books"]') })
  await operation.locator('.opblock-summary').first().click()
  // A form that the patterns of the description do not cover: the server judges it, not the page.
  await operation.locator('tr[data-param-name="select"] input').fill('title,meta->loc->>row')
  await operation.locator('tr[data-param-name="limit"] input').fill('1')
  const asked = page.waitForResponse(response => response.url().includes('/rest/v1/books'))
  await operation.locator('button.execute').click()
  const answer = await asked
  assert.equal(answer.status(), 200)
  assert.equal(new URL(answer.url()).searchParams.get('select'), 'title,meta->loc->>row')
  await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor({ timeout: 10_000 })
})

test('the page at / names the addresses', async () => {
  const page = await browser.newPage()
  await page.goto(server.url)
  assert.match(await page.textContent('body'), /\/rest\/v1/)
})
