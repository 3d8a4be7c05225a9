// A session in cookies in a real browser: the page works with them and cannot read the tokens, and a page of another site gets nothing done.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { start } from '../server.mjs'

let server, browser, other, context, page
before(async () => {
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_AUTH__CONFIRM_EMAIL: 'false', BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
  other = createServer((_, answer) => { answer.setHeader('Content-Type', 'text/html'); answer.end('<!doctype html><title>other</title><body>') })
  await new Promise(resolve => { other.listen(0, '127.0.0.1', resolve) })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  context = await browser.newContext()
  page = await context.newPage()
  await page.goto(server.url)
})
after(async () => {
  await browser?.close()
  await new Promise(resolve => { other.close(resolve) })
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
})

/** A request that the page makes, with its cookies. */
const send = (method, path, { body, headers = {} } = {}) => page.evaluate(async ([method, path, body, headers]) => {
  const answer = await fetch(path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, json: text ? JSON.parse(text) : null }
}, [method, path, body, { apikey: server.anon, ...headers }])
const csrf = async () => (await page.evaluate(() => document.cookie)).match(/bs-csrf=([^;]+)/)?.[1]

test('the page signs in, reads and writes, and cannot read the tokens', async () => {
  const body = { email: 'ana@example.com', password: 'correct horse battery 7', data: { name: 'Ana' } }
  const { status, json } = await send('POST', '/auth/v1/signup', { body, headers: { 'X-Use-Cookie': 'persistent' } })
  assert.deepEqual([status, json.refresh_token], [200, 'cookie'], JSON.stringify(json))
  const readable = await page.evaluate(() => document.cookie)
  assert.ok(!readable.includes('bs-at') && !readable.includes('bs-rt'), readable)
  assert.equal((await send('GET', '/rest/v1/learners')).json.length, 1)
  assert.equal((await send('PUT', '/auth/v1/user', { body: { data: { x: 1 } } })).status, 403)
  assert.equal((await send('PUT', '/auth/v1/user', { body: { data: { x: 1 } }, headers: { 'X-CSRF-Token': await csrf() } })).status, 200)
  assert.equal((await send('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: 'cookie' } })).status, 200)
})

test('a page of another site neither reads nor writes', async () => {
  const evil = await context.newPage()
  // Another site than 127.0.0.1, and the same machine.
  await evil.goto(`http://localhost:${other.address().port}/`)
  const outcome = await evil.evaluate(async url => {
    const tried = {}
    for (const [name, path, options] of [
      ['read', '/auth/v1/user', { credentials: 'include' }],
      ['data', '/rest/v1/learners', { credentials: 'include' }],
      ['refresh', '/auth/v1/token?grant_type=refresh_token', { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{"refresh_token":"cookie"}' }],
    ]) tried[name] = await fetch(url + path, options).then(answer => `read ${answer.status}`, () => 'kept out')
    // Without CORS the request is sent; only the server can refuse it.
    await fetch(`${url}/auth/v1/logout?scope=global`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }).catch(() => {})
    return tried
  }, server.url)
  assert.deepEqual(outcome, { read: 'kept out', data: 'kept out', refresh: 'kept out' })
  await evil.setContent(`<form method="post" action="${server.url}/auth/v1/logout?scope=global"><button>go</button></form>`)
  await Promise.all([evil.waitForNavigation(), evil.click('button')])
  assert.equal((await send('GET', '/auth/v1/user')).status, 200, 'the session lives')
  assert.equal((await send('POST', '/auth/v1/logout', { headers: { 'X-CSRF-Token': await csrf() } })).status, 204)
  assert.equal((await send('GET', '/auth/v1/user')).status, 401)
})
