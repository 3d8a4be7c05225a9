// Login by sign-in providers: the official client, a browser, two real OpenID providers, and one that lies.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser } from './browser.mjs'
import { atHash, fakeIdp, hashed, realIdp } from './idp.mjs'
import { PASSWORD, clientOf, failed, ok, serve } from './served.mjs'

const HOME = 'http://app.example.org/in'
let served, server, mail, school, college, liar, count = 0

before(async () => {
  [school, college, liar] = await Promise.all([realIdp(), realIdp(), fakeIdp()])
  served = await serve({
    BACKSTAY_AUTH__PROVIDERS__SCHOOL__CLIENT_ID: 'school-app', BACKSTAY_AUTH__PROVIDERS__SCHOOL__SECRET: 'school:secret/1',
    BACKSTAY_AUTH__PROVIDERS__SCHOOL__ISSUER: school.issuer,
    BACKSTAY_AUTH__PROVIDERS__COLLEGE__CLIENT_ID: 'college-app', BACKSTAY_AUTH__PROVIDERS__COLLEGE__SECRET: 'college-secret',
    BACKSTAY_AUTH__PROVIDERS__COLLEGE__ISSUER: college.issuer,
    BACKSTAY_AUTH__PROVIDERS__LIAR__CLIENT_ID: 'app,app-android', BACKSTAY_AUTH__PROVIDERS__LIAR__ISSUER: liar.issuer,
    BACKSTAY_AUTH__PROVIDERS__GITHUB__CLIENT_ID: 'gh', BACKSTAY_AUTH__PROVIDERS__GITHUB__SECRET: 'gh-secret',
    BACKSTAY_AUTH__PROVIDERS__GITHUB__ISSUER: liar.issuer,
  });
  ({ server, mail } = served)
  const registered = (name, secret) => [{
    client_id: `${name}-app`, client_secret: secret, redirect_uris: [`${server.url}/auth/v1/callback/${name}`],
  }]
  school.open(registered('school', 'school:secret/1'))
  college.open(registered('college', 'college-secret'))
})
after(async () => {
  await served.stop()
  await Promise.all([school.stop(), college.stop(), liar.stop()])
})

const client = (options, key) => clientOf(server, key, options)
const stored = () => {
  const storage = new Map()
  return client({ flowType: 'pkce', persistSession: true, storage: {
    getItem: key => storage.get(key) ?? null, setItem: (key, value) => { storage.set(key, value) }, removeItem: key => { storage.delete(key) },
  } })
}
const address = name => `${name}.${++count}@example.com`
const fragment = url => new URLSearchParams(url.hash.slice(1))
const errorOf = url => [url.searchParams.get('error'), url.searchParams.get('error_code')]

/** Where a login begins. */
async function begin(provider, { own = client(), redirectTo = HOME, queryParams, scopes } = {}) {
  return ok(await own.auth.signInWithOAuth({ provider, options: { redirectTo, skipBrowserRedirect: true, queryParams, scopes } })).url
}

/** A whole login without PKCE: the address at which the browser stops. */
async function login(provider, name, options = {}) {
  return (await browser({ login: name, ...options.browser }).visit(await begin(provider, options))).url
}

/** A client with the session of an address. */
async function signedIn(url) {
  const pairs = fragment(url), own = client()
  assert.ok(pairs.has('access_token'), `no session: ${url}`)
  const { session } = ok(await own.auth.setSession({ access_token: pairs.get('access_token'), refresh_token: pairs.get('refresh_token') }))
  return { own, session }
}

/** A login at the provider that lies: it says these claims. */
async function lie(claims, { own = browser(), change = url => url, provider = 'liar' } = {}) {
  const away = (await browserAt(own, await begin(provider), liar.issuer)).url
  const code = `code-${++count}`
  liar.codes.set(code, { aud: 'app', nonce: away.searchParams.get('nonce'), ...claims })
  const back = new URL(away.searchParams.get('redirect_uri'))
  back.search = new URLSearchParams({ code, state: away.searchParams.get('state') })
  return (await own.visit(change(back))).url
}

/** Follows redirects up to an origin. */
const browserAt = (own, url, origin) => upTo(own, url, next => next.origin === origin)

/** Follows redirects, with the cookies of a browser, up to a place. */
async function upTo(own, url, stop, login) {
  const stopped = browser({ stop, login })
  for (const [site, cookies] of own.jar) stopped.jar.set(site, cookies)
  const end = await stopped.visit(url)
  for (const [site, cookies] of stopped.jar) own.jar.set(site, cookies)
  return end
}

/** A login up to the moment at which the provider has sent the browser back. */
async function comeBack(provider, name) {
  const own = browser()
  return { own, url: (await upTo(own, await begin(provider), next => next.pathname.startsWith('/auth/v1/callback/'), name)).url }
}

/** Eight at a time. */
async function inWaves(items, work) {
  const done = []
  for (let at = 0; at < items.length; at += 8) done.push(...await Promise.all(items.slice(at, at + 8).map(work)))
  return done
}

test('the way to a provider carries state, nonce and PKCE, and nothing reserved of the client', async () => {
  const start = await begin('school', { scopes: 'calendar', queryParams: {
    prompt: 'consent', redirect_uri: 'http://evil.example/', state: 'x', client_id: 'evil', response_mode: 'fragment', request: 'x', response_type: 'token', nonce: 'n',
  } })
  const answer = await fetch(start, { redirect: 'manual' })
  assert.equal(answer.status, 302)
  const url = new URL(answer.headers.get('location')), said = url.searchParams
  assert.equal(url.origin, school.issuer)
  assert.deepEqual([said.getAll('redirect_uri'), said.getAll('client_id'), said.getAll('response_type'), said.getAll('code_challenge_method'), said.get('response_mode'), said.get('request')],
    [[`${server.url}/auth/v1/callback/school`], ['school-app'], ['code'], ['S256'], null, null])
  assert.equal(said.get('prompt'), 'consent')
  assert.equal(said.get('scope'), 'openid email profile calendar')
  assert.match(said.get('nonce'), /^[\w-]{43}$/)
  assert.match(said.get('code_challenge'), /^[\w-]{43}$/)
  assert.match(answer.headers.getSetCookie()[0], /^bs-oauth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { external } = await (await fetch(`${server.url}/auth/v1/settings`, { headers: { apikey: server.anon } })).json()
  assert.deepEqual([external.school, external.github, external.google, external.apple], [true, true, false, false])
  for (const provider of ['google', 'nobody', '', 'email', 'custom:']) {
    const refused = await fetch(`${server.url}/auth/v1/authorize?provider=${provider}`, { redirect: 'manual' })
    assert.equal(refused.status, 400, provider)
    assert.equal((await refused.json()).error_code, 'validation_failed')
  }
})

test('a person of a provider gets an account with a profile, and comes back to it', async () => {
  const email = address('ana')
  school.people.set('ana', { email, email_verified: true, name: 'Ana' })
  const url = await login('school', 'ana')
  assert.equal(url.origin + url.pathname, HOME)
  const pairs = fragment(url)
  assert.ok(pairs.get('provider_token'), 'the provider’s token comes along')
  assert.ok(pairs.has('sb'))
  const { own, session } = await signedIn(url)
  assert.equal(session.user.email, email)
  assert.ok(session.user.email_confirmed_at)
  assert.deepEqual(session.user.app_metadata.providers, ['school'])
  assert.deepEqual(session.user.identities.map(one => [one.provider, one.id, one.identity_data.email_verified]), [['school', 'ana', true]])
  const rows = ok(await own.from('learners').select('id,name,email,role'))
  assert.deepEqual(rows, [{ id: session.user.id, name: 'Ana', email, role: 'learner' }])
  const again = await signedIn(await login('custom:school', 'ana'))
  assert.equal(again.session.user.id, session.user.id)
  assert.equal(again.session.user.identities.length, 1)
})

/** How a session was proven, as its token says. */
const amr = session => JSON.parse(Buffer.from(session.access_token.split('.')[1], 'base64url')).amr.map(({ method, provider }) => [method, provider])

test('PKCE: the browser brings a code, and no token; its exchange brings the tokens of the provider, once', async () => {
  const own = stored(), email = address('pia')
  school.people.set('pia', { email, email_verified: true, name: 'Pia' })
  const url = await login('school', 'pia', { own })
  const code = url.searchParams.get('code')
  assert.match(code, /^[0-9a-f-]{36}$/)
  assert.equal(url.hash, '')
  const { session } = ok(await own.auth.exchangeCodeForSession(code))
  assert.deepEqual(amr(session), [['oauth', 'school']])
  assert.ok(session.provider_token, 'the token of the provider')
  const { sub } = await (await fetch(`${school.issuer}/me`, { headers: { Authorization: `Bearer ${session.provider_token}` } })).json()
  assert.equal(sub, 'pia', 'it is good there')
  const refreshed = ok(await client().auth.refreshSession({ refresh_token: session.refresh_token })).session
  assert.equal(refreshed.provider_token ?? null, null, 'they are kept nowhere')
  assert.deepEqual(amr(refreshed), [['oauth', 'school']])
})

test('a session without PKCE names the provider, too', async () => {
  school.people.set('pim', { email: address('pim'), email_verified: true, name: 'Pim' })
  assert.deepEqual(amr((await signedIn(await login('school', 'pim'))).session), [['oauth', 'school']])
})

test('a verified address leads into its account, an unverified one never does', async () => {
  const email = address('bea'), own = client()
  ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name: 'Bea' } } }))
  const { session } = ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'email' }))
  school.people.set('thief', { email, email_verified: false, name: 'Thief' })
  assert.deepEqual(errorOf(await login('school', 'thief')), ['access_denied', 'provider_email_needs_verification'])
  school.people.set('thief2', { email, name: 'Thief' })
  assert.deepEqual(errorOf(await login('school', 'thief2')), ['access_denied', 'provider_email_needs_verification'])
  college.people.set('bea', { email: email.toUpperCase(), email_verified: true, name: 'Bea B' })
  const linked = await signedIn(await login('college', 'bea'))
  assert.equal(linked.session.user.id, session.user.id)
  assert.deepEqual(linked.session.user.identities.map(one => one.provider).sort(), ['college', 'email'])
  assert.equal(linked.session.user.user_metadata.name, 'Bea', 'what the person said stays')
  assert.match((await mail.waitFor(email)).text, /college/i)
  ok(await client().auth.signInWithPassword({ email, password: PASSWORD }))
  // The same subject at another provider is another person.
  school.people.set('bea', { email: address('other'), email_verified: true, name: 'Other Bea' })
  const other = await signedIn(await login('school', 'bea'))
  assert.notEqual(other.session.user.id, session.user.id)
})

test('whoever prepared an account without proving its address keeps nothing of it', async () => {
  const email = address('cora')
  ok(await client().auth.signUp({ email, password: PASSWORD, options: { data: { name: 'Attacker' } } }))
  const letter = await mail.waitFor(email)
  school.people.set('cora', { email, email_verified: true, name: 'Cora' })
  const { session } = await signedIn(await login('school', 'cora'))
  assert.ok(session.user.email_confirmed_at)
  assert.equal(session.user.user_metadata.name, 'Cora')
  failed(await client().auth.signInWithPassword({ email, password: PASSWORD }), 400, 'invalid_credentials')
  failed(await client().auth.verifyOtp({ email, token: mail.code(letter), type: 'signup' }), 403, 'otp_expired')
})

test('nobody arrives without an address, and nobody with one that is not proven', async () => {
  school.people.set('nobody', { name: 'Nobody' })
  assert.equal(errorOf(await login('school', 'nobody'))[1], 'email_address_not_provided')
  const email = address('new')
  school.people.set('new', { email, email_verified: false, name: 'New' })
  assert.deepEqual(errorOf(await login('school', 'new')), ['access_denied', 'provider_email_needs_verification'])
  const { users } = ok(await client({}, server.service).auth.admin.listUsers()
    .then(answer => (answer.error?.status === 404 ? { data: { users: [] }, error: null } : answer)))
  assert.ok(!users.some(user => user.email === email))
})

test('who turns back at the provider is led back with the reason', async () => {
  const url = await login('school', 'ana', { browser: { consent: false } })
  const own = await login('college', 'quitter', { browser: { consent: false } })
  assert.deepEqual(errorOf(own), ['access_denied', 'bad_oauth_callback'])
  assert.equal(fragment(own).get('error_description'), 'End-User aborted interaction')
  assert.ok(url)
})

test('a state works once, in its browser, at its provider, for its issuer', async () => {
  const person = { sub: 'st', email: address('st'), email_verified: true, name: 'St' }
  // Replayed.
  let back
  const own = browser()
  const first = await lie(person, { own, change: url => { back = url; return url } })
  assert.ok(fragment(first).has('access_token'), String(first))
  assert.equal(errorOf((await own.visit(back)).url)[1], 'flow_state_already_used')
  // In another browser; the login itself stays usable.
  const victim = browser(), stranger = browser()
  let waiting
  await lie(person, { own: victim, change: url => { waiting = url; return new URL(`${server.url}/auth/v1/callback/liar?state=none`) } })
  const elsewhere = (await stranger.visit(waiting)).url
  assert.equal(errorOf(elsewhere)[1], 'bad_oauth_state')
  assert.equal(elsewhere.origin + elsewhere.pathname, 'http://app.example.org/welcome', 'the place of the login is not told')
  assert.ok(fragment((await victim.visit(waiting)).url).has('access_token'))
  // At the address of another provider, at the shared one, and in the name of another issuer.
  const changes = [
    url => { url.pathname = url.pathname.replace('liar', 'school'); return url },
    url => { url.pathname = '/auth/v1/callback'; return url },
  ]
  for (const change of changes) assert.equal(errorOf(await lie(person, { change }))[1], 'bad_oauth_state')
  for (const issuer of [school.issuer, `${liar.issuer}/`, 'x']) {
    const url = await lie(person, { change: next => { next.searchParams.set('iss', issuer); return next } })
    assert.equal(errorOf(url)[1], 'bad_oauth_callback', issuer)
  }
  assert.ok(fragment(await lie(person, { change: next => { next.searchParams.set('iss', liar.issuer); return next } })).has('access_token'))
  // A provider that promises to name itself has to.
  const away = await browserAt(own, await begin('school'), school.issuer)
  const nameless = `${server.url}/auth/v1/callback/school?code=x&state=${away.url.searchParams.get('state')}`
  assert.equal(errorOf((await own.visit(nameless)).url)[1], 'bad_oauth_callback')
})

test('every message after every other: a login ends once', async () => {
  const person = { sub: 'model', email: address('model'), email_verified: true, name: 'Model' }
  const set = (name, value) => url => { if (value === undefined) url.searchParams.delete(name); else url.searchParams.set(name, value); return url }
  // What a message does to a login that waits: the error that it is answered with, and whether the login is over.
  const messages = {
    honest: { over: true },
    'from another browser': { stranger: true, error: 'bad_oauth_state', over: false },
    'at another provider': { change: url => { url.pathname = '/auth/v1/callback/school'; return url }, error: 'bad_oauth_state', over: true },
    'of another issuer': { change: set('iss', 'https://other.example'), error: 'bad_oauth_callback', over: true },
    'with a strange code': { change: set('code', 'strange'), error: 'bad_oauth_callback', over: true },
    'without a code': { change: set('code'), error: 'bad_oauth_callback', over: true },
    'with an error': { change: set('error', 'access_denied'), error: 'bad_oauth_callback', over: true },
  }
  const told = url => (fragment(url).has('access_token') ? undefined : errorOf(url)[1])
  const pairs = Object.keys(messages).flatMap(first => Object.keys(messages).map(second => [first, second]))
  await inWaves(pairs, async ([first, second]) => {
    const own = browser()
    let back
    await lie(person, { own, change: url => { back = url; return new URL(`${HOME}?kept`) } })
    let over = false
    for (const name of [first, second, 'honest', 'honest']) {
      const message = messages[name]
      const url = (message.change ?? (same => same))(new URL(back))
      const answer = told((await (message.stranger ? browser() : own).visit(url)).url)
      assert.equal(answer, over ? 'flow_state_already_used' : message.error, `${first}, then ${second}: ${name}`)
      over ||= message.over
    }
  })
})

test('states that nobody gave out', async () => {
  const flow = stored(), email = address('flow')
  ok(await flow.auth.signInWithOtp({ email, options: { data: { name: 'Flow' } } }))
  for (const state of ['', 'x', '00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', "' OR 1=1 --", 'x'.repeat(5000)]) {
    const { url } = await browser().visit(`${server.url}/auth/v1/callback/school?code=x&state=${encodeURIComponent(state)}`)
    assert.deepEqual(errorOf(url), ['invalid_request', 'bad_oauth_state'], state)
  }
  const { url } = await browser().visit(`${server.url}/auth/v1/callback/nobody?state=x`)
  assert.equal(errorOf(url)[1], 'bad_oauth_state')
})

test('two providers: the code of one is nothing at the other', async () => {
  // The browser begins at the one that lies, which sends it on to the school with the school’s own parameters: the answer comes to the school’s address.
  const own = browser({ login: 'ana' })
  const lying = (await browserAt(own, await begin('liar'), liar.issuer)).url
  const honest = (await browserAt(own, await begin('school'), school.issuer)).url
  const mixed = new URL(honest)
  mixed.searchParams.set('state', lying.searchParams.get('state'))
  const before = liar.seen.filter(one => one.path === '/token').length
  assert.equal(errorOf((await own.visit(mixed)).url)[1], 'bad_oauth_state')
  assert.equal(liar.seen.filter(one => one.path === '/token').length, before, 'no code went to the one that lies')
})

test('tokens that are not for this login', async () => {
  const person = { sub: 'tok', email: address('tok'), email_verified: true, name: 'Tok' }
  const now = Math.floor(Date.now() / 1000)
  for (const [what, claims] of Object.entries({
    'another issuer': { iss: school.issuer }, 'a similar issuer': { iss: `${liar.issuer}/` }, 'no issuer': { iss: undefined },
    'another audience': { aud: 'school-app' }, 'no audience': { aud: undefined }, 'an empty audience': { aud: [] },
    'a foreign audience beside ours': { aud: ['app', 'other'], azp: 'app' }, 'no party with two audiences': { aud: ['app', 'app-android'] },
    'another party': { azp: 'other' }, 'an odd party': { azp: 7 },
    'another nonce': { nonce: 'x' }, 'no nonce': { nonce: undefined },
    'an old token': { exp: now - 120 }, 'no end': { exp: undefined }, 'a token of tomorrow': { iat: now + 86_400 },
    'no subject': { sub: undefined }, 'an empty subject': { sub: '' },
    'another access token': { at_hash: atHash('another') },
  })) {
    const url = await lie({ ...person, ...claims })
    assert.ok(!fragment(url).has('access_token'), `${what} was accepted`)
    assert.equal(errorOf(url)[1], 'bad_oauth_callback', what)
  }
  const good = { aud: ['app', 'app-android'], azp: 'app-android', at_hash: atHash('provider-access') }
  assert.ok(fragment(await lie({ ...person, ...good })).has('access_token'))
})

test('a provider that misbehaves breaks its own logins only', async () => {
  const person = { sub: 'mis', email: address('mis'), email_verified: true, name: 'Mis' }
  const text = (type, body, status = 200) => (_, res) => { res.writeHead(status, { 'content-type': type }); res.end(body) }
  const cases = {
    'a redirect': (_, res) => { res.writeHead(302, { location: `${liar.issuer}/elsewhere` }); res.end() },
    'a page': text('text/html', '<html>'), 'no JSON': text('application/json', '{'), 'nothing': text('application/json', ''),
    'a list': text('application/json', '[]'), 'no token': text('application/json', '{"token_type":"Bearer"}'),
    'a token of another type': text('application/json', '{"access_token":"x","token_type":"mac"}'),
    'no ID token': text('application/json', '{"access_token":"x","token_type":"Bearer"}'),
    'no JWT': text('application/json', '{"access_token":"x","token_type":"Bearer","id_token":"x"}'),
    'an error': text('application/json', '{"error":"invalid_grant","error_description":"<b>no</b>"}', 400),
    'a huge answer': text('application/json', `{"x":"${'x'.repeat(2 << 20)}"}`),
    'a fault': text('text/plain', 'x', 500), 'nothing at all': (req) => { req.socket.destroy() },
  }
  for (const [what, answer] of Object.entries(cases)) {
    liar.answers['/token'] = answer
    const url = await lie(person)
    assert.ok(['bad_oauth_callback', 'provider_unavailable'].includes(errorOf(url)[1]), `${what}: ${url}`)
    assert.ok(!fragment(url).has('access_token'), what)
    assert.ok(!String(url).includes('%3Cb%3E'), what)
  }
  assert.ok(!liar.seen.some(one => one.path === '/elsewhere'), 'redirects are not followed')
  let late
  liar.answers['/token'] = (_, res) => { late = res }
  const began = Date.now()
  assert.equal(errorOf(await lie(person))[1], 'provider_unavailable')
  assert.ok(Date.now() - began < 9_000, 'it is not waited for any longer')
  late.destroy()
  delete liar.answers['/token']
  assert.ok(fragment(await lie(person)).has('access_token'))
})

test('id_token grant: an app brings a token of its own', async () => {
  const email = address('app'), person = { sub: 'app', email, email_verified: true, name: 'App' }
  const grant = (token, more = {}) => client().auth.signInWithIdToken({ provider: 'liar', token, ...more })
  const { session } = ok(await grant(liar.token({ ...person, aud: 'app-android', nonce: hashed('n-1') }), { nonce: 'n-1' }))
  assert.equal(session.user.email, email)
  assert.equal(ok(await grant(liar.token({ ...person, aud: 'app' }, { key: liar.keys.rsa }))).user.id, session.user.id)
  ok(await grant(liar.token({ ...person, aud: 'app', at_hash: atHash('at') }), { access_token: 'at' }))
  const raw = async body => {
    const answer = await fetch(`${server.url}/auth/v1/token?grant_type=id_token`, {
      method: 'POST', headers: { apikey: server.anon, 'content-type': 'application/json' }, body: JSON.stringify(body),
    })
    return [answer.status, (await answer.json()).error]
  }
  const honest = { ...person, aud: 'app' }
  const now = Math.floor(Date.now() / 1000)
  const tampered = (text, signature) => `${text.replace(/.\./, 'x.')}.${signature.toString('base64url')}`
  const hmac = text => `${text}.${Buffer.from('x').toString('base64url')}`
  for (const [what, token, more, error] of [
    ['a hashless nonce', liar.token({ ...honest, nonce: 'n' }), { nonce: 'n' }, 'invalid nonce'],
    ['a nonce only here', liar.token(honest), { nonce: 'n' }, 'invalid nonce'],
    ['a nonce only there', liar.token({ ...honest, nonce: hashed('n') }), {}, 'invalid nonce'],
    ['another issuer', liar.token({ ...honest, iss: college.issuer }), {}, 'invalid request'],
    ['another audience', liar.token({ ...honest, aud: 'college-app' }), {}, 'invalid request'],
    ['a part of the audience', liar.token({ ...honest, aud: 'ap' }), {}, 'invalid request'],
    ['the whole list as audience', liar.token({ ...honest, aud: 'app,app-android' }), {}, 'invalid request'],
    ['another party', liar.token({ ...honest, azp: 'x' }), {}, 'invalid request'],
    ['an old token', liar.token({ ...honest, exp: now - 31 }), {}, 'invalid request'],
    ['another access token', liar.token({ ...honest, at_hash: atHash('at') }), { access_token: 'other' }, 'invalid request'],
    ['no signature', liar.token(honest, { header: { alg: 'none' }, parts: text => `${text}.` }), {}, 'invalid request'],
    ['a shared secret', liar.token(honest, { header: { alg: 'HS256' }, parts: hmac }), {}, 'invalid request'],
    ['a key that is not published', liar.token(honest, { key: liar.unpublished }), {}, 'invalid request'],
    ['an unknown key id', liar.token(honest, { header: { kid: 'other' } }), {}, 'invalid request'],
    ['the key of another algorithm', liar.token(honest, { header: { kid: 'rsa-1' } }), {}, 'invalid request'],
    ['a key of its own', liar.token(honest, { key: liar.unpublished, header: { jwk: liar.unpublished.publicKey.export({ format: 'jwk' }), kid: undefined } }), {}, 'invalid request'],
    ['other bytes', liar.token(honest, { parts: tampered }), {}, 'invalid request'],
    ['four parts', `${liar.token(honest)}.x`, {}, 'invalid request'],
    ['no token', 'x', {}, 'invalid request'],
    ['a long token', 'x'.repeat(100_000), {}, 'invalid request'],
  ]) {
    assert.deepEqual(await raw({ provider: 'liar', id_token: token, ...more }), [400, error], what)
  }
  assert.deepEqual(await raw({ provider: 'liar' }), [400, 'invalid request'])
  failed(await client().auth.signInWithIdToken({ provider: 'google', token: 'x' }), 400, 'provider_disabled')
  failed(await client().auth.signInWithIdToken({ provider: 'github', token: 'x' }), 400, 'provider_disabled')
  // Keys may be changed: a new one is found, within a minute of the last fetch it is not.
  const thief = { ...person, email, sub: 'thief', email_verified: false }
  failed(await grant(liar.token({ ...thief, aud: 'app' })), 422, 'provider_email_needs_verification')
})

test('a provider of plain OAuth, with the addresses on a list', async () => {
  const email = address('git')
  Object.assign(liar.answers, {
    '/login/oauth/access_token': (_, res) => liar.json(res, { access_token: 'gh-token', token_type: 'bearer', scope: 'user:email' }),
    '/api/v3/user': (req, res) => liar.json(res, req.headers.authorization === 'Bearer gh-token' ? { id: 77, login: 'git', name: 'Git', email: 'set-by@anyone.example' } : {}),
    '/api/v3/user/emails': (_, res) => liar.json(res, [
      { email: 'set-by@anyone.example', primary: true, verified: false }, { email, primary: false, verified: true },
    ]),
  })
  const { session } = await signedIn(await lie({}, { provider: 'github' }))
  assert.deepEqual([session.user.email, session.user.identities[0].id, session.user.identities[0].provider], [email, '77', 'github'])
  const exchange = new URLSearchParams(liar.seen.find(one => one.path === '/login/oauth/access_token').body)
  assert.match(exchange.get('code_verifier'), /^[\w-]{43}$/)
  assert.equal(exchange.get('client_secret'), 'gh-secret')
})

test('64 logins at two providers at once: everybody comes into their own account', async () => {
  const people = Array.from({ length: 64 }, (_, at) => ({ name: `p${at}`, email: address(`p${at}`), at }))
  for (const { name, email } of people) for (const idp of [school, college]) idp.people.set(name, { email: idp === school ? email : `c.${email}`, email_verified: true, name })
  // The forms of the providers first, then every end at the same time.
  const backs = await inWaves(people, ({ name, at }) => comeBack(at % 2 ? 'school' : 'college', name))
  const found = await Promise.all(people.map(async ({ name, email, at }) => {
    const { url } = await backs[at].own.visit(backs[at].url)
    const pairs = fragment(url)
    assert.ok(pairs.has('access_token'), String(url))
    const answer = await fetch(`${server.url}/auth/v1/user`, { headers: { apikey: server.anon, authorization: `Bearer ${pairs.get('access_token')}` } })
    const user = await answer.json()
    assert.equal(user.email, at % 2 ? email : `c.${email}`)
    assert.deepEqual(user.identities.map(one => [one.provider, one.id]), [[at % 2 ? 'school' : 'college', name]])
    return user.id
  }))
  assert.equal(new Set(found).size, 64)
  // The same new person 16 times at once is one account.
  const email = address('once')
  school.people.set('once', { email, email_verified: true, name: 'Once' })
  const once = await inWaves(Array.from({ length: 16 }), () => comeBack('school', 'once'))
  const ids = await Promise.all(once.map(async ({ own, url }) => {
    const token = fragment((await own.visit(url)).url).get('access_token')
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sub
  }))
  assert.equal(new Set(ids).size, 1)
})

test('a signed-in person adds a way to come in, and removes one', async () => {
  const email = address('lea'), own = client()
  ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name: 'Lea' } } }))
  const { session } = ok(await own.auth.verifyOtp({ email, token: mail.code(await mail.waitFor(email)), type: 'email' }))
  school.people.set('lea', { email: address('lea-at-school'), email_verified: false, name: 'Lea' })
  const { url } = ok(await own.auth.linkIdentity({ provider: 'school', options: { redirectTo: HOME, skipBrowserRedirect: true } }))
  assert.equal(new URL(url).origin, server.url, 'the browser begins here, where it gets its cookie')
  const end = (await browser({ login: 'lea' }).visit(url)).url
  assert.equal((await signedIn(end)).session.user.id, session.user.id)
  const { identities } = ok(await own.auth.getUserIdentities())
  assert.deepEqual(identities.map(one => one.provider).sort(), ['email', 'school'])
  assert.equal((await signedIn(await login('school', 'lea'))).session.user.id, session.user.id)
  // Somebody else’s identity stays theirs.
  school.people.set('max', { email: address('max'), email_verified: true, name: 'Max' })
  await signedIn(await login('school', 'max'))
  const taken = ok(await own.auth.linkIdentity({ provider: 'school', options: { redirectTo: HOME, skipBrowserRedirect: true } })).url
  assert.equal(errorOf((await browser({ login: 'max' }).visit(taken)).url)[1], 'identity_already_exists')
  for (const go of ['x', `${new URL(taken).searchParams.get('go')}x`]) {
    const answer = await fetch(`${server.url}/auth/v1/authorize?go=${go}`, { redirect: 'manual' })
    assert.deepEqual([answer.status, (await answer.json()).error_code], [400, 'bad_oauth_state'])
  }
  failed(await own.auth.unlinkIdentity({ identity_id: crypto.randomUUID() }), 422, 'identity_not_found')
  failed(await own.auth.unlinkIdentity({ identity_id: 'x' }), 404, 'validation_failed')
  // Both at once: one way stays.
  const answers = await Promise.all(identities.map(one => own.auth.unlinkIdentity(one)))
  assert.deepEqual(answers.map(answer => answer.error?.code ?? 'done').sort(), ['done', 'single_identity_not_deletable'])
  const left = ok(await own.auth.getUserIdentities()).identities
  assert.equal(left.length, 1)
  failed(await own.auth.unlinkIdentity(left[0]), 422, 'single_identity_not_deletable')
  const linked = ok(await own.auth.linkIdentity({ provider: 'liar', token: liar.token({ sub: 'lea', aud: 'app', name: 'Lea' }) }))
  assert.equal(linked.user.id, session.user.id)
})

test('a login leads to allowed places only', async () => {
  school.people.set('open', { email: address('open'), email_verified: true, name: 'Open' })
  for (const place of ['http://evil.example/', '//evil.example', 'http://app.example.org@evil.example/', 'javascript:alert(1)', 'http://app.example.org.evil.example/', '/\\evil.example']) {
    const url = await login('school', 'open', { redirectTo: place, browser: { stop: next => next.hostname !== '127.0.0.1' } })
    assert.equal(url.origin + url.pathname, 'http://app.example.org/welcome', place)
  }
})
