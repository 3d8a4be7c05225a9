// The flows of the official client, from its calls to the mails and back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OTHER, PASSWORD, clientOf, failed, ok, serve } from './served.mjs'
import { totp } from './totp.mjs'

let served, server, mail, count = 0

before(async () => {
  served = await serve();
  ({ server, mail } = served)
})
after(() => served.stop())

const client = (options, key) => clientOf(server, key, options)
const admin = () => client({}, server.service).auth.admin
const address = name => `${name}.${++count}@example.com`

/** A confirmed account with a session. */
async function person(name, options) {
  const email = address(name), own = client(options)
  ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name } } }))
  const { session } = ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'email' }))
  return { email, own, session }
}

test('sign up, confirm by code, ask who one is', async () => {
  const email = address('ana'), own = client()
  const { user, session } = ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name: 'Ana', role: 'admin', scores: 1 } } }))
  assert.equal(session, null)
  assert.equal(user.email, email)
  assert.equal(user.identities.length, 1)
  assert.equal(user.email_confirmed_at, undefined)
  failed(await own.auth.signInWithPassword({ email, password: PASSWORD }), 400, 'email_not_confirmed')
  const letter = await mail.waitFor(email)
  assert.match(mail.code(letter), /^\d{6}$/)
  const verified = ok(await own.auth.verifyOtp({ email, token: mail.code(letter), type: 'signup' }))
  assert.ok(verified.session.access_token)
  assert.equal(verified.session.token_type, 'bearer')
  assert.equal(verified.session.expires_in, 3600)
  const me = ok(await own.auth.getUser())
  assert.equal(me.user.id, user.id)
  assert.ok(me.user.email_confirmed_at)
  failed(await client().auth.verifyOtp({ email, token: mail.code(letter), type: 'signup' }), 403, 'otp_expired')
  const { data, error } = await own.from('learners').select('*')
  assert.equal(error, null, JSON.stringify(error))
  assert.equal(data.length, 1, 'the profile stands')
  assert.deepEqual([data[0].id, data[0].name, data[0].email, data[0].role], [user.id, 'Ana', email, 'learner'])
  assert.deepEqual(Object.keys(data[0]), ['id', 'name', 'email', 'role', 'createdAt', 'updatedAt'])
  const service = client({}, server.service)
  assert.deepEqual(ok(await service.from('learners').select('scores').eq('id', user.id)), [{ scores: null }])
})

test('a repeated sign-up tells nobody that the account is there', async () => {
  const { email } = await person('bea')
  const { user, session } = ok(await client().auth.signUp({ email, password: OTHER, options: { data: { name: 'x' } } }))
  assert.equal(session, null)
  assert.deepEqual(user.identities, [])
  assert.equal(user.email_confirmed_at, undefined)
  failed(await client().auth.signInWithPassword({ email, password: OTHER }), 400, 'invalid_credentials')
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
})

test('a code by mail makes an account and signs in', async () => {
  const email = address('cora'), own = client()
  ok(await own.auth.signInWithOtp({ email, options: { data: { name: 'Cora' } } }))
  const { session } = ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'email' }))
  assert.equal(session.user.email, email)
  const again = client()
  ok(await again.auth.signInWithOtp({ email, options: { shouldCreateUser: false } }))
  ok(await again.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'email' }))
  const nobody = address('nobody')
  ok(await client().auth.signInWithOtp({ email: nobody, options: { shouldCreateUser: false } }))
  assert.ok(!mail.mails.some(one => one.to.includes(nobody)))
})

test('a forgotten password is reset, and other sessions end', async () => {
  const { email, own } = await person('dan')
  ok(await client().auth.resetPasswordForEmail(email))
  const reset = client()
  ok(await reset.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'recovery' }))
  failed(await reset.auth.updateUser({ password: PASSWORD }), 422, 'same_password')
  failed(await reset.auth.updateUser({ password: 'short' }), 422, 'weak_password')
  ok(await reset.auth.updateUser({ password: OTHER }))
  failed(await client().auth.signInWithPassword({ email, password: PASSWORD }), 400, 'invalid_credentials')
  ok(await client().auth.signInWithPassword({ email, password: OTHER }))
  const { data, error } = await own.auth.getUser()
  assert.equal(data.user, null)
  assert.ok(error, 'the old session is gone')
  ok(await reset.auth.getUser())
  ok(await client().auth.resetPasswordForEmail(address('unknown')))
})

test('PKCE: a link leads to a code that the verifier turns into a session', async () => {
  const email = address('eve'), storage = new Map()
  const own = client({ flowType: 'pkce', persistSession: true, storage: {
    getItem: key => storage.get(key) ?? null, setItem: (key, value) => { storage.set(key, value) }, removeItem: key => { storage.delete(key) },
  } })
  ok(await own.auth.signInWithOtp({ email, options: { data: { name: 'Eve' }, emailRedirectTo: 'http://app.example.org/in' } }))
  const link = mail.link(await mail.waitFor(email))
  assert.ok(new URL(link).searchParams.get('token').startsWith('pkce_'), link)
  const answer = await fetch(link, { redirect: 'manual' })
  assert.equal(answer.status, 303)
  const target = new URL(answer.headers.get('location'))
  assert.equal(target.origin + target.pathname, 'http://app.example.org/in')
  const code = target.searchParams.get('code')
  failed(await client().auth.exchangeCodeForSession(code), 400, undefined === code ? '' : 'validation_failed')
  const { session } = ok(await own.auth.exchangeCodeForSession(code))
  assert.equal(session.user.email, email)
  const second = await fetch(link, { redirect: 'manual' })
  assert.match(second.headers.get('location'), /error_code=otp_expired/)
})

test('implicit: a link leads to tokens in the fragment', async () => {
  const email = address('fay')
  ok(await client().auth.signInWithOtp({ email, options: { data: { name: 'Fay' }, emailRedirectTo: 'http://app.example.org/in' } }))
  const answer = await fetch(mail.link(await mail.waitFor(email)), { redirect: 'manual' })
  const fragment = new URLSearchParams(new URL(answer.headers.get('location')).hash.slice(1))
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(fragment.get('token_type'), 'bearer')
  assert.ok(fragment.has('sb'))
  const own = client()
  ok(await own.auth.setSession({ access_token: fragment.get('access_token'), refresh_token: fragment.get('refresh_token') }))
})

test('what the profile refuses is said in its own words', async () => {
  for (const [data, said] of [
    [{}, 'The profile needs a value for `name`: send it in `data`'],
    [{ name: '' }, "A value is not allowed in the profile. Field 'name' must have at least 1 character (@length)."],
  ]) {
    const error = failed(await client().auth.signUp({ email: address('gia'), password: PASSWORD, options: { data } }), 400, 'validation_failed')
    assert.equal(error.message, said)
    assert.doesNotMatch(error.message, /relation|constraint|column|null value|learners/)
  }
})

test('a link never leads to a place that is not allowed', async () => {
  const email = address('gus')
  for (const place of ['http://evil.example/', '//evil.example', 'http://app.example.org@evil.example/', 'javascript:alert(1)', 'http://app.example.org.evil.example/']) {
    ok(await client().auth.signInWithOtp({ email, options: { data: { name: 'Gus' }, emailRedirectTo: place } }))
    const answer = await fetch(mail.link(await mail.waitFor(email)), { redirect: 'manual' })
    assert.ok(answer.headers.get('location').startsWith('http://app.example.org/welcome#'), `${place}: ${answer.headers.get('location')}`)
  }
})

test('refresh tokens rotate; an old generation ends the session', async () => {
  const { own, session } = await person('hal')
  const r0 = session.refresh_token
  const refresh = token => client().auth.refreshSession({ refresh_token: token })
  const r1 = ok(await refresh(r0)).session.refresh_token
  assert.notEqual(r1, r0)
  const r2 = ok(await refresh(r1)).session.refresh_token
  assert.equal(ok(await refresh(r1)).session.refresh_token, r2, 'within the window: the current one again')
  const r3 = ok(await refresh(r2)).session.refresh_token
  failed(await refresh(r0), 400, 'refresh_token_already_used')
  const dead = await refresh(r3)
  assert.ok(dead.error && dead.error.status === 400, 'the whole family is revoked')
  const { data } = await own.auth.getUser()
  assert.equal(data.user, null, 'its access token is refused at once')
  const { error } = await own.from('learners').select('id')
  assert.ok(error, 'at the data API too')
})

test('signing out: others, local, global', async () => {
  const { email, own: a } = await person('ida')
  const sign = async () => { const one = client(); ok(await one.auth.signInWithPassword({ email, password: PASSWORD })); return one }
  const refused = async one => assert.ok((await one.from('learners').select('id')).error || (await one.from('learners').select('id')).data.length === 0)
  const works = async one => assert.equal(ok(await one.from('learners').select('id')).length, 1)
  const b = await sign()
  assert.equal((await a.auth.signOut({ scope: 'others' })).error, null)
  await works(a)
  const { error } = await b.auth.refreshSession()
  assert.ok(error, 'another session cannot refresh')
  const token = (await a.auth.getSession()).data.session.access_token
  assert.equal((await a.auth.signOut({ scope: 'local' })).error, null)
  const answer = await fetch(`${server.rest}/learners`, { headers: { apikey: server.anon, Authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 401, 'an access token ends with its session')
  const c = await sign(), d = await sign()
  assert.equal((await c.auth.signOut({ scope: 'global' })).error, null)
  await refused(d)
})

test('TOTP: enrol, challenge, verify, unenrol', async () => {
  const { own } = await person('jan')
  const factor = ok(await own.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone' }))
  assert.match(factor.totp.uri, /^otpauth:\/\/totp\//)
  assert.match(factor.totp.qr_code, /^data:image\/svg/)
  const challenge = ok(await own.auth.mfa.challenge({ factorId: factor.id }))
  failed(await own.auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code: '000000' }), 422, 'mfa_verification_failed')
  const code = totp(factor.totp.secret)
  ok(await own.auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code }))
  assert.equal(ok(await own.auth.mfa.getAuthenticatorAssuranceLevel()).currentLevel, 'aal2')
  const next = ok(await own.auth.mfa.challenge({ factorId: factor.id }))
  failed(await own.auth.mfa.verify({ factorId: factor.id, challengeId: next.id, code }), 422, 'mfa_verification_failed')
  assert.equal(ok(await own.auth.mfa.listFactors()).totp.length, 1)
  ok(await own.auth.mfa.unenroll({ factorId: factor.id }))
})

test('an administrator makes, bans, lists and deletes accounts', async () => {
  const email = address('kim')
  const { user } = ok(await admin().createUser({ email, password: PASSWORD, email_confirm: true, user_metadata: { name: 'Kim' } }))
  const own = client()
  ok(await own.auth.signInWithPassword({ email, password: PASSWORD }))
  const page = ok(await admin().listUsers({ page: 1, perPage: 1000 }))
  assert.ok(page.users.some(one => one.id === user.id))
  assert.equal(ok(await admin().getUserById(user.id)).user.email, email)
  ok(await admin().updateUserById(user.id, { ban_duration: '24h' }))
  failed(await client().auth.signInWithPassword({ email, password: PASSWORD }), 400, 'user_banned')
  assert.ok((await own.auth.refreshSession()).error)
  ok(await admin().updateUserById(user.id, { ban_duration: 'none' }))
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
  ok(await admin().deleteUser(user.id))
  failed(await client().auth.signInWithPassword({ email, password: PASSWORD }), 400, 'invalid_credentials')
  failed(await admin().getUserById(user.id), 404, 'user_not_found')
  failed(await client().auth.admin.listUsers(), 401, 'no_authorization')
})

test('a changed address needs both mails, in either order', async () => {
  for (const order of [['old', 'new'], ['new', 'old']]) {
    const { email, own } = await person('lea')
    const next = address('lea.new')
    const { user } = ok(await own.auth.updateUser({ email: next }))
    assert.deepEqual([user.email, user.new_email], [email, next])
    const letters = { old: await mail.waitFor(email), new: await mail.waitFor(next) }
    const first = await fetch(mail.link(letters[order[0]]), { redirect: 'manual' })
    assert.match(decodeURIComponent(first.headers.get('location').replaceAll('+', ' ')), /Confirmation link accepted\. Please proceed to confirm link sent to the other email/)
    assert.equal(ok(await own.auth.getUser()).user.email, email)
    await fetch(mail.link(letters[order[1]]), { redirect: 'manual' })
    assert.equal(ok(await own.auth.getUser()).user.email, next)
    assert.equal(ok(await client({}, server.service).from('learners').select('email').eq('id', user.id))[0].email, next, 'the profile follows')
  }
})

test('a link made by an administrator', async () => {
  const { email } = await person('mia')
  const { properties } = ok(await admin().generateLink({ type: 'recovery', email }))
  assert.equal(properties.verification_type, 'recovery')
  assert.ok(properties.action_link.startsWith(`${server.url}/auth/v1/verify?token=${properties.hashed_token}&type=recovery`))
  ok(await client().auth.verifyOtp({ token_hash: properties.hashed_token, type: 'recovery' }))
  failed(await client().auth.verifyOtp({ token_hash: properties.hashed_token, type: 'recovery' }), 403, 'otp_expired')
})

test('an invitation by mail', async () => {
  const email = address('nia')
  const { user } = ok(await admin().inviteUserByEmail(email, { data: { name: 'Nia' }, redirectTo: 'http://app.example.org/in' }))
  assert.ok(user.invited_at)
  const own = client()
  ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'invite' }))
  ok(await own.auth.updateUser({ password: PASSWORD }))
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
})

test('a password that others know is refused, and one that is right signs in', async () => {
  const error = failed(await client().auth.signUp({ email: address('oda'), password: 'password123', options: { data: { name: 'Oda' } } }), 422, 'weak_password')
  assert.deepEqual(error.reasons, ['pwned'])
  failed(await client().auth.signInWithPassword({ email: address('nobody'), password: PASSWORD }), 400, 'invalid_credentials')
})

test('claims are verified locally with the published keys', async () => {
  const { own } = await person('pia')
  const { claims, header } = ok(await own.auth.getClaims())
  assert.equal(header.alg, 'ES256')
  assert.equal(claims.iss, `${server.url}/auth/v1`)
  assert.equal(claims.role, 'authenticated')
  assert.equal(claims.app_metadata.role, 'learner')
  assert.deepEqual(claims.amr.map(one => one.method), ['otp'])
})
