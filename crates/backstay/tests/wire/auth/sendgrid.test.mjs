// Mails by SendGrid's HTTP API: a stand-in for it keeps what it is sent, is busy at first, and refuses what it does not like.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { start } from '../server.mjs'

const KEY = 'SG.a-key-of-the-wire-test'
let service, server, busy = 0
const sent = []
const waiting = new Set()

before(async () => {
  service = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => { body += chunk }).on('end', () => {
      sent.push({ path: `${request.method} ${request.url}`, authorization: request.headers.authorization, body: JSON.parse(body) })
      response.writeHead(busy-- > 0 ? 503 : 202, { 'X-Message-Id': `m${sent.length}`, 'Retry-After': '1' }).end()
      for (const wake of waiting) wake()
    })
  })
  await new Promise(resolve => { service.listen(0, '127.0.0.1', resolve) })
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_MAIL_URL: `sendgrid://${KEY}@127.0.0.1:${service.address().port}`, BACKSTAY_MAIL_FROM: 'Example <no-reply@example.org>',
    BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__CODES__MAIL_GAP: '0s',
    BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
})
after(async () => {
  const log = server.log()
  assert.equal(await server.stop(), 0)
  service.closeAllConnections()
  service.close()
  assert.ok(!log.includes(KEY), 'the log shows the key')
})

const post = (path, body) => fetch(`${server.url}/auth/v1${path}`, { method: 'POST', headers: { apikey: server.anon, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
const requests = async number => {
  while (sent.length < number) await new Promise(resolve => { const wake = () => { waiting.delete(wake); resolve() }; waiting.add(wake) })
}

test('a mail is what the service expects, and its code signs in', async () => {
  const began = sent.length
  assert.equal((await post('/otp', { email: 'ana@example.com', data: { name: 'Ana' } })).status, 200)
  await requests(began + 1)
  const { path, authorization, body } = sent[began]
  assert.equal(path, 'POST /v3/mail/send')
  assert.equal(authorization, `Bearer ${KEY}`)
  assert.deepEqual(body.personalizations, [{ to: [{ email: 'ana@example.com' }] }])
  assert.deepEqual(body.from, { email: 'no-reply@example.org', name: 'Example' })
  assert.deepEqual(body.content.map(one => one.type), ['text/plain', 'text/html'])
  assert.equal(body.tracking_settings.click_tracking.enable, false)
  const code = body.content[0].value.match(/(?<!\d)\d{6}(?!\d)/)[0]
  const answer = await post('/verify', { type: 'email', email: 'ana@example.com', token: code })
  assert.equal(answer.status, 200)
})

test('a busy service is asked again, with the same mail', async () => {
  const began = sent.length
  busy = 1
  assert.equal((await post('/recover', { email: 'ana@example.com' })).status, 200)
  await requests(began + 2)
  const [first, second] = sent.slice(began)
  assert.deepEqual(second.body, first.body)
  assert.ok(first.body.headers['Message-ID'])
})
