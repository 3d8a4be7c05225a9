// GraphiQL in a real browser: the page runs a query, and asks no other server for anything.
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { scratch, start, startDev } from '../server.mjs'

const schema = new URL('../fixtures/blog.graphql', import.meta.url).pathname
let server, browser
before(async () => {
  const dir = scratch()
  copyFileSync(schema, join(dir, 'schema.graphql'))
  server = await startDev(dir)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})
after(async () => {
  await browser?.close()
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
})

test('runs a query and stays at home', async () => {
  const page = await browser.newPage()
  const outside = []
  const broken = []
  page.on('request', request => { if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) outside.push(request.url()) })
  page.on('pageerror', error => broken.push(String(error)))
  const typed = '{ posts(limit: 1) { id } __typename }'
  await page.goto(`${server.url}/graphql`)
  await page.waitForSelector('.graphiql-query-editor .CodeMirror')
  await page.evaluate(text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text), typed)
  await page.click('.graphiql-execute-button')
  await page.waitForFunction(() => document.querySelector('.graphiql-response .CodeMirror')?.CodeMirror.getValue().includes('"__typename": "Query"'))
  assert.match(await page.evaluate(() => document.querySelector('.graphiql-response .CodeMirror').CodeMirror.getValue()), /"posts": \[\]/)
  assert.deepEqual([outside, broken], [[], []])
})

test('is for browsers, and for development', async () => {
  const html = { headers: { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } }
  assert.match((await fetch(`${server.url}/graphql`, html)).headers.get('content-type'), /^text\/html/)
  assert.equal((await fetch(`${server.url}/graphql`)).status, 400)
  const serious = await start(schema)
  try {
    assert.equal((await fetch(`${serious.url}/graphql`, html)).status, 406)
    assert.equal((await fetch(`${serious.url}/graphql/graphiql.js`)).status, 404)
  } finally { await serious.stop() }
})
