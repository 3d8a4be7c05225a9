// API keys of the database at every door, rotation of the keys that sign tokens, and the command line beside a running server.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { after, before, test } from 'node:test'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'
import { start, store } from '../server.mjs'

const PASSWORD = 'correct horse battery 7'
const SCHEMA = new URL('../fixtures/reference.graphql', import.meta.url).pathname
const ENV = { BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1' }
let server

before(async () => { server = await start(SCHEMA, { env: ENV }) })
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const client = key => createClient(server.url, key, { auth: { persistSession: false, autoRefreshToken: false }, realtime: { transport: ws } })
async function ask(method, path, { key = server.service, body, headers = {} } = {}) {
  const response = await fetch(server.url + path, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { apikey: key, 'Content-Type': 'application/json', 'X-Supabase-Api-Version': '2024-01-01', ...headers },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text ? JSON.parse(text) : undefined }
}
const create = async (body, key) => { const answer = await ask('POST', '/auth/v1/admin/api-keys', { body, key }); assert.equal(answer.status, 200, JSON.stringify(answer.json)); return answer.json }
const rest = (key, options = {}) => ask(options.method ?? 'GET', '/rest/v1/learners?select=id', { key, ...options })
async function person(email, role) {
  const made = await ask('POST', '/auth/v1/admin/users', { body: { email, password: PASSWORD, email_confirm: true, user_metadata: { name: 'x' }, app_metadata: { role } } })
  assert.equal(made.status, 200, JSON.stringify(made.json))
  const { data, error } = await client(server.anon).auth.signInWithPassword({ email, password: PASSWORD })
  assert.equal(error, null)
  return { id: made.json.id, session: data.session }
}

test('keys are shown once, act by their kind, and end at once', async () => {
  const publishable = await create({ name: 'web', kind: 'publishable' })
  const secret = await create({ name: 'worker', kind: 'secret' })
  assert.match(publishable.api_key, /^sb_publishable_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
  assert.match(secret.api_key, /^sb_secret_/)
  await person('first@example.com', 'learner')
  // As apikey, and as the official client sends it: as bearer too.
  assert.equal((await rest(secret.api_key)).json.length, 1)
  const { data, error } = await client(secret.api_key).from('learners').select('id')
  assert.equal(error, null)
  assert.equal(data.length, 1)
  assert.equal((await rest(publishable.api_key)).status, (await rest(server.anon)).status)
  const { session } = (await client(publishable.api_key).auth.signInWithPassword({ email: 'first@example.com', password: PASSWORD })).data
  const own = await rest(publishable.api_key, { headers: { Authorization: `Bearer ${session.access_token}` } })
  assert.equal(own.json.length, 1, 'the bearer is the user')
  const raised = await rest(secret.api_key, { headers: { Authorization: `Bearer ${session.access_token}` } })
  assert.equal(raised.json.length, 1, 'a key never raises what a user may do')
  assert.equal((await ask('GET', '/auth/v1/admin/users', { key: secret.api_key })).status, 200)
  assert.equal((await ask('GET', '/auth/v1/admin/users', { key: publishable.api_key })).json.code, 'no_authorization')
  const listed = (await ask('GET', '/auth/v1/admin/api-keys')).json
  const row = listed.find(one => one.id === secret.id)
  assert.ok(row.last_used_at, 'its use is noted')
  const text = JSON.stringify(listed)
  assert.ok(!text.includes(secret.api_key) && !('hash' in row) && !('api_key' in row))
  assert.equal((await ask('DELETE', `/auth/v1/admin/api-keys/${secret.id}`)).status, 200)
  for (const answer of [await rest(secret.api_key), await ask('GET', '/auth/v1/admin/users', { key: secret.api_key })]) assert.equal(answer.status, 401)
  assert.equal((await ask('GET', '/auth/v1/settings', { key: secret.api_key })).json.message, 'Invalid API key')
  assert.equal((await rest(`${publishable.api_key.slice(0, -1)}${publishable.api_key.endsWith('a') ? 'b' : 'a'}`)).status, 401)
})

test('a custom key has a role, claims and scopes', async () => {
  await person('second@example.com', 'learner')
  const reader = await create({ name: 'export', kind: 'custom', role: 'admin', scopes: ['rest:read'] })
  assert.ok((await rest(reader.api_key)).json.length >= 1)
  const write = await ask('PATCH', '/rest/v1/learners?id=eq.00000000-0000-4000-8000-000000000001', { key: reader.api_key, body: { name: 'y' } })
  assert.deepEqual([write.status, write.json.code], [403, '42501'])
  assert.match(write.json.message, /rest:write/)
  const writer = await create({ name: 'sync', kind: 'custom', role: 'admin', scopes: ['rest:*'], claims: { org: 'blue' } })
  assert.equal((await ask('PATCH', '/rest/v1/learners?id=eq.00000000-0000-4000-8000-000000000001', { key: writer.api_key, body: { name: 'y' } })).status, 204)
  const none = await create({ name: 'elsewhere', kind: 'custom', role: 'admin', scopes: ['graphql:read'] })
  assert.equal((await rest(none.api_key)).status, 403)
  assert.equal((await ask('GET', '/auth/v1/admin/users', { key: writer.api_key })).json.code, 'not_admin')
  assert.equal((await ask('GET', '/auth/v1/user', { key: server.anon, headers: { Authorization: `Bearer ${writer.api_key}` } })).status, 403)
  const soon = await create({ name: 'short', kind: 'secret', expires_at: new Date(Date.now() + 1500).toISOString() })
  assert.equal((await rest(soon.api_key)).status, 200)
  const deadline = Date.now() + 10_000
  let answer
  do { answer = await ask('GET', '/auth/v1/settings', { key: soon.api_key }) } while (answer.status === 200 && Date.now() < deadline)
  assert.deepEqual([answer.status, answer.json.code], [401, 'api_key_expired'])
  assert.equal((await rest(soon.api_key)).status, 401)
})

test('what a key may not be', async () => {
  const rows = [
    {}, { name: 'x' }, { name: 'x', kind: 'root' }, { name: '', kind: 'secret' }, { name: 'x'.repeat(101), kind: 'secret' }, { name: 'a\nb', kind: 'secret' },
    { name: 'x', kind: 'secret', role: 'admin' }, { name: 'x', kind: 'publishable', scopes: ['rest:read'] }, { name: 'x', kind: 'custom' },
    { name: 'x', kind: 'custom', role: 'emperor' }, { name: 'x', kind: 'custom', role: 'admin', scopes: ['everything'] },
    { name: 'x', kind: 'custom', role: 'admin', claims: { role: 'service_role' } }, { name: 'x', kind: 'custom', role: 'admin', claims: { app_metadata: {} } },
    { name: 'x', kind: 'custom', role: 'admin', claims: { sub: 7 } },
    { name: 'x', kind: 'secret', expires_at: 'soon' }, { name: 'x', kind: 'secret', expires_at: '2020-01-01T00:00:00Z' },
  ]
  for (const body of rows) {
    const { status, json } = await ask('POST', '/auth/v1/admin/api-keys', { body })
    assert.deepEqual([status, json.code], [400, 'validation_failed'], JSON.stringify(body))
  }
  // Who administers with an account of their own makes no key that can do more.
  const { session } = await person('boss@example.com', 'admin')
  const mine = body => ask('POST', '/auth/v1/admin/api-keys', { key: server.anon, body, headers: { Authorization: `Bearer ${session.access_token}` } })
  for (const body of [{ name: 'x', kind: 'secret' }, { name: 'x', kind: 'custom', role: 'admin', claims: { org: 'blue' } }]) assert.equal((await mine(body)).json.code, 'not_admin')
  assert.equal((await mine({ name: 'x', kind: 'custom', role: 'learner' })).status, 200)
  const rotate = await ask('POST', '/auth/v1/admin/signing-keys/rotate', { key: server.anon, headers: { Authorization: `Bearer ${session.access_token}` } })
  assert.equal(rotate.json.code, 'not_admin')
})

test('a secret key from a browser is refused and noted', async () => {
  const secret = await create({ name: 'leaked', kind: 'secret' })
  const browsers = [
    { 'sec-fetch-site': 'cross-site' }, { origin: 'https://app.example.org' },
    { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' },
  ]
  for (const headers of browsers) {
    const answer = await rest(secret.api_key, { headers })
    assert.equal(answer.status, 401, JSON.stringify(headers))
    const auth = await ask('GET', '/auth/v1/settings', { key: secret.api_key, headers })
    assert.deepEqual([auth.status, auth.json.code], [401, 'secret_key_in_browser'])
  }
  assert.equal((await rest(secret.api_key)).status, 200)
  const log = (await ask('GET', `/auth/v1/admin/audit?query=action%3Asecret_key_from_browser`)).json
  assert.equal(log.length, 1, 'one note a minute')
  assert.equal(log[0].payload.target, secret.id)
})

test('the keys that sign tokens change without a failed request', async () => {
  const { session } = await person('rotating@example.com', 'learner')
  const kid = token => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid
  const early = await ask('POST', '/auth/v1/admin/signing-keys/rotate', { body: {} })
  assert.deepEqual([early.status, early.json.code], [409, 'conflict'])
  assert.ok(Number(early.headers.get('retry-after')) > 0)
  let going = true, failures = 0, count = 0
  const traffic = (async () => {
    while (going) {
      const answer = await rest(server.anon, { headers: { Authorization: `Bearer ${session.access_token}` } })
      count += 1
      if (answer.status !== 200) failures += 1
    }
  })()
  const rotated = await ask('POST', '/auth/v1/admin/signing-keys/rotate', { body: { now: true } })
  assert.equal(rotated.status, 200, JSON.stringify(rotated.json))
  assert.deepEqual(rotated.json.map(key => key.status).sort(), ['current', 'previous', 'standby'])
  const { data } = await client(server.anon).auth.signInWithPassword({ email: 'rotating@example.com', password: PASSWORD })
  assert.notEqual(kid(data.session.access_token), kid(session.access_token))
  assert.equal((await rest(server.anon, { headers: { Authorization: `Bearer ${data.session.access_token}` } })).json.length, 1)
  going = false
  await traffic
  assert.ok(count > 0)
  assert.equal(failures, 0)
  const published = await (await fetch(`${server.url}/auth/v1/.well-known/jwks.json`)).json()
  assert.equal(published.keys.length, 3)
})

test('the command line beside a running server', async () => {
  const run = async (...args) => (await promisify(execFile)(process.env.BACKSTAY_BIN, [...args, '--schema', SCHEMA, '--data', server.data], {
    env: { ...process.env, ...server.env, BACKSTAY_LISTEN: new URL(server.url).host },
  })).stdout
  const made = await run('users', 'create', 'cli@example.com', '--role', 'learner')
  assert.match(made, /cli@example\.com {2}learner\npassword {2}[a-z2-9]{20}\n/)
  assert.match(await run('create-admin', 'root@example.com'), /root@example\.com {2}admin/)
  assert.match(await run('users', 'list', '--filter', 'cli@'), /cli@example\.com/)
  assert.match(await run('users', 'ban', 'cli@example.com', '--for', '1h'), /banned until/)
  assert.doesNotMatch(await run('users', 'unban', 'cli@example.com'), /banned/)
  assert.match(await run('users', 'set-role', 'cli@example.com', 'admin'), /admin/)
  assert.equal(JSON.parse(await run('users', 'show', 'cli@example.com')).app_metadata.role, 'admin')
  assert.match(await run('users', 'reset-password', 'cli@example.com'), /^link {2}http.*type=recovery.*\ncode {2}\d{6}\n$/)
  assert.match(await run('users', 'delete', 'cli@example.com'), /^deleted /)
  await assert.rejects(run('users', 'show', 'cli@example.com'), /there is no account/)
  const key = (await run('keys', 'create', '--name', 'by hand', '--kind', 'secret')).trim()
  // A server that has its database to itself is asked. Else the command writes there, and every node looks twice a minute.
  const becomes = async status => { for (const end = Date.now() + (store === 'sqlite' ? 0 : 45_000); (await rest(key)).status !== status && Date.now() < end;) await new Promise(resolve => { setTimeout(resolve, 250) }) }
  await becomes(200)
  assert.equal((await rest(key)).status, 200)
  assert.match(await run('keys', 'list', '--all'), /by hand/)
  await run('keys', 'revoke', key.slice(0, 'sb_secret_'.length + 8))
  await becomes(401)
  assert.equal((await rest(key)).status, 401)
  assert.match(await run('audit', '--query', 'action:user_deleted'), /user_deleted {2}by key/)
})
