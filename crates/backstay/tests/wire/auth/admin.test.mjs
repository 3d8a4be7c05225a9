// Administration over the official client: accounts, paging, links, roles, invitations, the audit log.
import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { OTHER, PASSWORD, clientOf, failed, ok, serve } from './served.mjs'

let served, server, mail, count = 0

before(async () => {
  served = await serve();
  ({ server, mail } = served)
})
after(() => served.stop())

const client = key => clientOf(server, key)
const service = () => client(server.service).auth.admin
const address = name => `${name}.${++count}@example.com`

/** A request to sign-in as a bearer. */
async function ask(method, path, { token = server.service, body, headers = {} } = {}) {
  const response = await fetch(`${server.url}/auth/v1${path}`, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { apikey: server.anon, ...(token ? { Authorization: `Bearer ${token}` } : {}), 'X-Supabase-Api-Version': '2024-01-01', ...headers },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text ? JSON.parse(text) : undefined }
}

/** A confirmed account with a role, signed in. */
async function person(name, role) {
  const email = address(name)
  const { user } = ok(await service().createUser({ email, password: PASSWORD, email_confirm: true, user_metadata: { name }, app_metadata: role ? { role } : {} }))
  const own = client()
  const { session } = ok(await own.auth.signInWithPassword({ email, password: PASSWORD }))
  return { email, own, user, token: session.access_token }
}

test('accounts are listed a page at a time', async () => {
  for (const name of ['pa', 'pb', 'pc']) ok(await service().createUser({ email: address(name), password: PASSWORD, email_confirm: true, user_metadata: { name } }))
  const first = ok(await service().listUsers({ page: 1, perPage: 2 }))
  assert.equal(first.users.length, 2)
  assert.equal(first.nextPage, 2)
  const all = ok(await service().listUsers())
  assert.equal(all.total, all.users.length)
  assert.equal(first.lastPage, Math.ceil(all.total / 2))
  const raw = await ask('GET', '/admin/users?page=&per_page=')
  assert.equal(raw.status, 200)
  assert.equal(Number(raw.headers.get('x-total-count')), all.total)
  const paged = await ask('GET', '/admin/users?page=1&per_page=2')
  assert.match(paged.headers.get('link'), /^<http[^>]*\/auth\/v1\/admin\/users\?page=2&per_page=2>; rel="next", <[^>]*\?page=\d+&per_page=2>; rel="last"$/)
  const seen = new Set()
  for (let page = 1; page <= first.lastPage; page++) for (const user of ok(await service().listUsers({ page, perPage: 2 })).users) seen.add(user.id)
  assert.equal(seen.size, all.total, 'no account twice, none left out')
  const found = await ask('GET', '/admin/users?filter=PB.')
  assert.deepEqual(found.json.users.map(user => user.user_metadata.name), ['pb'])
  assert.equal((await ask('GET', `/admin/users?filter=${encodeURIComponent('%')}`)).json.users.length, 0, 'a pattern is text')
  const sorted = (await ask('GET', '/admin/users?sort=email%20asc')).json.users.map(user => user.email)
  assert.deepEqual(sorted, [...sorted].sort())
  for (const query of ['page=0', 'per_page=x', 'sort=password_hash%20asc', 'sort=email%20up']) {
    const { status, json } = await ask('GET', `/admin/users?${query}`)
    assert.deepEqual([status, json.code], [400, 'validation_failed'], query)
  }
})

test('who may not administer', async () => {
  const { token } = await person('pupil')
  const rows = [
    [undefined, 401, 'no_authorization'], [server.anon, 401, 'no_authorization'], ['a.b.c', 401, 'no_authorization'], [token, 403, 'not_admin'],
    [server.token('admin', '00000000-0000-4000-8000-000000000001'), 403, 'not_admin'],
  ]
  const id = '00000000-0000-4000-8000-000000000009'
  const doors = [
    ['GET', '/admin/users'], ['POST', '/admin/users'], ['GET', `/admin/users/${id}`], ['PUT', `/admin/users/${id}`], ['DELETE', `/admin/users/${id}`],
    ['POST', `/admin/users/${id}/logout`], ['GET', `/admin/users/${id}/factors`], ['DELETE', `/admin/users/${id}/factors/${id}`],
    ['PUT', `/admin/users/${id}/factors/${id}`], ['POST', '/admin/generate_link'], ['GET', '/admin/audit'], ['POST', '/invite'],
  ]
  for (const [bearer, status, code] of rows) {
    for (const [method, path] of doors) {
      const answer = await ask(method, path, { token: bearer ?? null, body: method === 'GET' ? undefined : {} })
      assert.deepEqual([answer.status, answer.json.code], [status, code], `${method} ${path}`)
    }
  }
  for (const [method, path] of [['PATCH', '/admin/users'], ['GET', '/admin/generate_link'], ['POST', `/admin/users/${id}`]]) {
    assert.equal((await ask(method, path)).status, 405, `${method} ${path}`)
  }
  assert.equal((await ask('GET', '/admin/nothing')).status, 404)
  for (const path of ['/admin/users/me', '/admin/users/1/factors']) {
    const { status, json } = await ask('GET', path)
    assert.deepEqual([status, json.code], [404, 'validation_failed'], path)
  }
})

test('an administrator with an account of their own makes learners', async () => {
  const boss = await person('boss', 'admin')
  const email = address('new')
  const made = await ask('POST', '/admin/users', { token: boss.token, body: { email, user_metadata: { name: 'New' } } })
  assert.equal(made.status, 200, JSON.stringify(made.json))
  assert.equal(made.json.app_metadata.role, 'learner')
  assert.ok(made.json.invited_at, 'a person invites unless they say otherwise')
  const own = client()
  ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'invite' }))
  const rows = ok(await own.from('learners').select('id,name,email,role'))
  assert.deepEqual(rows, [{ id: made.json.id, name: 'New', email, role: 'learner' }])
  // A role that is taken away counts from the next request on.
  const other = await person('second', 'admin')
  assert.equal((await ask('GET', '/admin/users', { token: other.token })).status, 200)
  ok(await service().updateUserById(other.user.id, { app_metadata: { role: 'learner' } }))
  assert.equal((await ask('GET', '/admin/users', { token: other.token })).json.code, 'not_admin')
  ok(await service().deleteUser(other.user.id))
  // The last one stays.
  for (const change of [{ ban_duration: '1h' }, { app_metadata: { role: 'learner' } }]) {
    failed(await service().updateUserById(boss.user.id, change), 422, 'last_admin')
  }
  failed(await service().deleteUser(boss.user.id), 422, 'last_admin')
  failed(await service().deleteUser(boss.user.id, true), 422, 'last_admin')
  assert.equal((await ask('GET', '/admin/users', { token: boss.token })).status, 200)
})

test('a password that is handed over must be changed first', async () => {
  const email = address('temp')
  const made = await ask('POST', '/admin/users', { body: { email, user_metadata: { name: 'Temp' }, send: 'temp_password' } })
  assert.match(made.json.temporary_password, /^[a-z2-9]{20}$/)
  const own = client()
  const { session } = ok(await own.auth.signInWithPassword({ email, password: made.json.temporary_password }))
  assert.equal(session.user.app_metadata.must_change_password, true)
  const refused = await own.from('learners').select('id')
  assert.equal(refused.status, 403)
  assert.match(refused.error.message, /password/)
  ok(await own.auth.getUser())
  ok(await own.auth.updateUser({ password: OTHER }))
  assert.equal(ok(await own.from('learners').select('id')).length, 1)
  assert.equal((await ask('GET', `/admin/users/${made.json.id}`)).json.app_metadata.must_change_password, undefined)
})

test('what a body may say', async () => {
  const { user, email, own, token } = await person('body')
  const put = body => ask('PUT', `/admin/users/${user.id}`, { body })
  const refused = [
    [{ role: 'service_role' }], [{ role: 'admin' }], [{ aud: 'x' }], [{ app_metadata: { role: 'emperor' } }], [{ app_metadata: { roles: ['admin'] } }],
    [{ app_metadata: { role: 7 } }], [{ ban_duration: 'soon' }], [{ phone: '12' }], [{ email: 'nobody' }], [{ password: 'a', password_hash: 'b' }],
    [{ password_hash: 'plain' }], [{ password_hash: '$2b$31$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    [{ password: 'short' }, 422, 'weak_password'], [{ user_metadata: 'x' }, 400, 'bad_json'], [{ email_confirm: 'yes' }, 400, 'bad_json'],
    [{ email: (await person('taken')).email }, 422, 'email_exists'],
  ]
  for (const [body, status = 400, code = 'validation_failed'] of refused) {
    const answer = await put(body)
    assert.deepEqual([answer.status, answer.json.code], [status, code], JSON.stringify(body))
  }
  // Members of the account that are no part of an edit change nothing.
  const before = (await put({})).json
  const same = await put({ id: 'x', deleted_at: '2020-01-01T00:00:00Z', created_at: '2020-01-01T00:00:00Z', is_anonymous: true, identities: [], factors: [], confirmed_at: null, last_sign_in_at: null, password_changed_at: 'x', must_change_password: true, is_sso: true })
  assert.deepEqual({ ...same.json, updated_at: '' }, { ...before, updated_at: '' })
  // What was read can be written back.
  assert.equal((await put(before)).status, 200)
  // The same for people themselves: `app_metadata` is refused, the rest has no effect.
  const mine = await ask('PUT', '/user', { token, body: { app_metadata: { role: 'admin' } } })
  assert.deepEqual([mine.status, mine.json.code], [403, 'not_admin'])
  const tried = await ask('PUT', '/user', { token, body: { role: 'admin', email_confirm: true, ban_duration: 'none', password_hash: 'x', id: 'y', data: { role: 'admin' } } })
  assert.equal(tried.json.app_metadata.role, 'learner')
  assert.deepEqual(ok(await own.from('learners').select('role')), [{ role: 'learner' }])
  // A merged change, an address, a password.
  const next = address('body.new')
  const changed = await put({ user_metadata: { city: 'Rom' }, app_metadata: { plan: 'pro' }, email: next, phone: '+4915112345678', phone_confirm: true })
  assert.deepEqual([changed.json.email, changed.json.phone, changed.json.user_metadata.name, changed.json.user_metadata.city, changed.json.app_metadata.plan, changed.json.app_metadata.role],
    [next, '4915112345678', 'body', 'Rom', 'pro', 'learner'])
  assert.equal(ok(await own.from('learners').select('email'))[0].email, next, 'the profile follows')
  failed(await service().createUser({ email: address('phone'), phone: '4915112345678', password: PASSWORD, user_metadata: { name: 'x' } }), 422, 'phone_exists')
  ok(await service().updateUserById(user.id, { password: OTHER }))
  assert.ok((await own.auth.getUser()).error, 'sessions end with a new password')
  failed(await client().auth.signInWithPassword({ email: next, password: PASSWORD }), 400, 'invalid_credentials')
  ok(await client().auth.signInWithPassword({ email: next, password: OTHER }))
  failed(await client().auth.signInWithPassword({ email, password: OTHER }), 400, 'invalid_credentials')
})

test('a password from another system', async () => {
  const email = address('import')
  const tag = pbkdf2Sync(PASSWORD, 'saltsaltsaltsalt', 1000, 32, 'sha256').toString('base64').replace(/=+$/, '')
  const hash = `$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$${tag}`
  const made = await ask('POST', '/admin/users', { body: { email, password_hash: hash, email_confirm: true, user_metadata: { name: 'Import' } } })
  assert.equal(made.status, 200, JSON.stringify(made.json))
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
})

test('links of every kind', async () => {
  const link = async body => { const { status, json } = await ask('POST', '/admin/generate_link?redirect_to=http%3A%2F%2Fapp.example.org%2Fin', { body }); return { status, ...json } }
  const known = await person('linked')
  for (const type of ['magiclink', 'recovery']) {
    const made = await link({ type, email: known.email })
    assert.equal(made.verification_type, type)
    assert.equal(made.redirect_to, 'http://app.example.org/in')
    assert.equal(made.action_link, `${server.url}/auth/v1/verify?token=${made.hashed_token}&type=${type}&redirect_to=http%3A%2F%2Fapp%2Eexample%2Eorg%2Fin`)
    assert.match(made.email_otp, /^\d{6}$/)
    ok(await client().auth.verifyOtp({ token_hash: made.hashed_token, type }))
    const typed = await link({ type, email: known.email })
    ok(await client().auth.verifyOtp({ email: known.email, token: typed.email_otp, type }))
  }
  const unknown = address('unknown')
  assert.deepEqual([(await link({ type: 'recovery', email: unknown })).code, (await link({ type: 'email_change_new', email: unknown, new_email: 'x@example.com' })).code], ['user_not_found', 'user_not_found'])
  const became = await link({ type: 'magiclink', email: unknown, data: { name: 'Became' } })
  assert.equal(became.verification_type, 'signup')
  ok(await client().auth.verifyOtp({ token_hash: became.hashed_token, type: 'signup' }))
  const signup = address('signup')
  assert.equal((await link({ type: 'signup', email: signup, data: { name: 'S' } })).code, 'validation_failed')
  const made = await link({ type: 'signup', email: signup, password: PASSWORD, data: { name: 'S' } })
  const visit = await fetch(made.action_link, { redirect: 'manual' })
  assert.equal(visit.status, 303)
  ok(await client().auth.signInWithPassword({ email: signup, password: PASSWORD }))
  assert.equal((await link({ type: 'signup', email: signup, password: PASSWORD })).code, 'email_exists')
  assert.equal((await link({ type: 'invite', email: signup })).code, 'email_exists')
  const invited = await link({ type: 'invite', email: address('invited'), data: { name: 'I' } })
  assert.ok(invited.invited_at)
  ok(await client().auth.verifyOtp({ token_hash: invited.hashed_token, type: 'invite' }))
  const next = address('linked.new')
  const half = await link({ type: 'email_change_current', email: known.email, new_email: next })
  const whole = await link({ type: 'email_change_new', email: known.email, new_email: next })
  ok(await client().auth.verifyOtp({ token_hash: half.hashed_token, type: 'email_change' }))
  ok(await client().auth.verifyOtp({ token_hash: whole.hashed_token, type: 'email_change' }))
  assert.equal(ok(await service().getUserById(known.user.id)).user.email, next)
  for (const body of [{ type: 'sms', email: known.email }, { email: known.email }, { type: 'email_change_new', email: next }]) {
    assert.equal((await link(body)).code, 'validation_failed', JSON.stringify(body))
  }
  assert.equal((await link({ type: 'recovery', email: next, redirect_to: 'http://evil.example/' })).redirect_to, 'http://app.example.org/in')
  const there = new Set([known.email, unknown, signup, next])
  assert.ok(!mail.mails.some(one => one.to.some(to => there.has(to)) && /token=/.test(one.text)), 'no mail carries a link')
})

test('invitations', async () => {
  const email = address('guest')
  const first = ok(await service().inviteUserByEmail(email, { data: { name: 'Guest' }, redirectTo: 'http://app.example.org/in' }))
  const letter = await mail.waitFor(email)
  const again = ok(await service().inviteUserByEmail(email))
  assert.equal(again.user.id, first.user.id)
  const second = await mail.waitFor(email)
  failed(await client().auth.verifyOtp({ email, token: mail.code(letter) === mail.code(second) ? '000000' : mail.code(letter), type: 'invite' }), 403, 'otp_expired')
  ok(await client().auth.verifyOtp({ email, token: mail.code(second), type: 'invite' }))
  failed(await service().inviteUserByEmail(email), 422, 'email_exists')
})

test('removal, whole and soft', async () => {
  for (const soft of [false, true]) {
    const { user, email, own } = await person('gone')
    ok(await service().deleteUser(user.id, soft))
    failed(await service().getUserById(user.id), 404, 'user_not_found')
    failed(await service().deleteUser(user.id, soft), 404, 'user_not_found')
    assert.equal((await own.from('learners').select('id')).status, 401, 'its tokens end')
    failed(await client().auth.signInWithPassword({ email, password: PASSWORD }), 400, 'invalid_credentials')
    const again = ok(await service().createUser({ email, password: PASSWORD, email_confirm: true, user_metadata: { name: 'again' } }))
    assert.notEqual(again.user.id, user.id, 'the address is free')
  }
})

test('sessions ended, the log read', async () => {
  const { user, own, email } = await person('logged')
  assert.equal((await ask('POST', `/admin/users/${user.id}/logout`)).status, 204)
  assert.equal((await own.from('learners').select('id')).status, 401)
  const boss = await person('auditor', 'admin')
  assert.equal((await ask('PUT', `/admin/users/${user.id}`, { token: boss.token, body: { ban_duration: '24h' } })).status, 200)
  const log = await ask('GET', '/admin/audit?per_page=5', { token: boss.token })
  assert.equal(log.json.length, 5)
  assert.ok(Number(log.headers.get('x-total-count')) > 5)
  const [entry] = log.json
  assert.deepEqual([entry.payload.action, entry.payload.actor_username, entry.payload.log_type, entry.payload.target], ['user_modified', boss.email, 'team', user.id])
  assert.ok(entry.created_at && entry.ip_address && entry.payload.timestamp)
  const of = async query => (await ask('GET', `/admin/audit?query=${encodeURIComponent(query)}`)).json
  assert.ok((await of('action:login')).every(one => one.payload.action === 'login'))
  assert.ok((await of('type:team')).every(one => one.payload.log_type === 'team'))
  const mine = await of(`author:${boss.email}`)
  assert.ok(mine.length >= 2 && mine.every(one => one.payload.actor_id === boss.user.id))
  assert.equal((await ask('GET', '/admin/audit?query=x')).json.code, 'validation_failed')
  const all = JSON.stringify((await ask('GET', '/admin/audit?per_page=1000')).json)
  for (const secret of [PASSWORD, OTHER, server.service, boss.token, 'sb_', '$argon2']) assert.ok(!all.includes(secret), secret)
  assert.ok(email)
})

test('factors, as an administrator sees them', async () => {
  const { user } = await person('factors')
  assert.deepEqual((await ask('GET', `/admin/users/${user.id}/factors`)).json, [])
  const id = '00000000-0000-4000-8000-000000000009'
  for (const method of ['PUT', 'DELETE']) {
    const { status, json } = await ask(method, `/admin/users/${user.id}/factors/${id}`, { body: {} })
    assert.deepEqual([status, json.code], [404, 'mfa_factor_not_found'])
  }
})
