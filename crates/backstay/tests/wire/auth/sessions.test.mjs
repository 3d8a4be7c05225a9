// Sessions: codes that are exchanged once, several clients of one session, the list of one's sessions, and cookies.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'
import { PASSWORD, clientOf, ok, serve } from './served.mjs'

const APP = 'https://app.example.org'
let served, server, mail, count = 0

before(async () => {
  served = await serve({ BACKSTAY_AUTH__COOKIES__ORIGINS: APP, BACKSTAY_AUTH__CONFIRM_EMAIL: 'false' });
  ({ server, mail } = served)
})
after(() => served.stop())

const client = options => clientOf(server, undefined, options)
const address = name => `${name}.${++count}@example.com`
const shared = () => {
  const map = new Map()
  return { getItem: key => map.get(key) ?? null, setItem: (key, value) => { map.set(key, value) }, removeItem: key => { map.delete(key) } }
}

/** A signed-in account. */
async function person(name, options) {
  const email = address(name), own = client(options)
  const { session } = ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name } } }))
  return { email, own, session }
}

/** A request to sign-in; `{ status, json, headers, cookies }`. */
async function call(method, path, { body, token, headers = {}, origin } = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method, redirect: 'manual', body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      apikey: server.anon, 'X-Supabase-Api-Version': '2024-01-01', 'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(origin ? { Origin: origin } : {}), ...headers,
    },
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: text ? JSON.parse(text) : undefined, cookies: answer.headers.getSetCookie() }
}
const refresh = token => call('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: token } })

/** Follows a mailed link of a PKCE flow to its code; the verifier is the client's. */
async function pkce(name) {
  const email = address(name), storage = shared()
  const own = client({ flowType: 'pkce', persistSession: true, storage })
  ok(await own.auth.signInWithOtp({ email, options: { data: { name } } }))
  const answer = await fetch(mail.link(await mail.waitFor(email)), { redirect: 'manual' })
  const key = `sb-${new URL(server.url).hostname.split('.')[0]}-auth-token-code-verifier`
  const verifier = JSON.parse(storage.getItem(key) ?? 'null')
  assert.ok(verifier, 'the client keeps a verifier')
  return { email, own, code: new URL(answer.headers.get('location')).searchParams.get('code'), verifier }
}
const exchange = (auth_code, code_verifier) => call('POST', '/auth/v1/token?grant_type=pkce', { body: { auth_code, code_verifier } })

test('a PKCE code is exchanged once; its second use ends the session', async () => {
  const { code, verifier } = await pkce('ada')
  const refused = async (answer, status, error) => { const { json, status: found } = await answer; assert.deepEqual([found, json.code], [status, error], JSON.stringify(json)) }
  await refused(exchange(code, ''), 400, 'validation_failed')
  await refused(exchange('', verifier), 400, 'validation_failed')
  await refused(exchange('not-a-code', verifier), 404, 'flow_state_not_found')
  await refused(exchange('6a2f41a3-c54c-4ce8-8c4f-000000000000', verifier), 404, 'flow_state_not_found')
  await refused(exchange(code, `${'a'.repeat(43)}`), 400, 'bad_code_verifier')
  const first = await exchange(code, verifier)
  assert.equal(first.status, 200, first.text)
  assert.equal(JSON.parse(Buffer.from(first.json.access_token.split('.')[1], 'base64url')).amr.length, 1)
  assert.equal((await call('GET', '/auth/v1/user', { token: first.json.access_token })).status, 200)
  await refused(exchange(code, verifier), 404, 'flow_state_not_found')
  assert.equal((await call('GET', '/auth/v1/user', { token: first.json.access_token })).json.code, 'session_not_found')
  assert.equal((await refresh(first.json.refresh_token)).status, 400)
})

test('64 exchanges of one code: at most one session, and it has ended', async () => {
  const { code, verifier } = await pkce('bob')
  const answers = await Promise.all(Array.from({ length: 64 }, () => exchange(code, verifier)))
  const won = answers.filter(one => one.status === 200)
  assert.equal(won.length, 1)
  assert.ok(answers.every(one => one.status === 200 || one.json.code === 'flow_state_not_found'), 'the others are told so')
  assert.equal((await call('GET', '/auth/v1/user', { token: won[0].json.access_token })).status, 403)
})

test('64 refreshes of one token: one successor, and nobody is logged out', async () => {
  const { session } = await person('cia')
  const answers = await Promise.all(Array.from({ length: 64 }, () => refresh(session.refresh_token)))
  const good = answers.filter(one => one.status === 200)
  assert.ok(good.length >= 1)
  assert.equal(new Set(good.map(one => one.json.refresh_token)).size, 1, 'one successor')
  // A session may refresh thirty times a minute; a client keeps it when told to come back.
  for (const one of answers.filter(one => one.status !== 200)) {
    assert.equal(one.status, 503, one.text)
    assert.ok(Number(one.headers.get('retry-after')) >= 1)
  }
  assert.equal((await call('GET', '/auth/v1/user', { token: good[0].json.access_token })).status, 200)
})

test('tabs that share a storage refresh by turns and at once', async () => {
  const storage = shared(), options = { persistSession: true, storage }
  const { own } = await person('dov', options)
  const tabs = [own, client(options), client(options)]
  for (let round = 0; round < 3; round += 1) {
    for (const { error } of await Promise.all(tabs.map(tab => tab.auth.refreshSession()))) {
      // A tab that finds another one's tokens in the storage drops its own answer.
      assert.ok(!error || error.name === 'AuthRefreshDiscardedError', error?.message)
    }
    for (const tab of tabs) assert.ok(ok(await tab.auth.getUser()).user.id)
  }
})

test('a person sees their sessions and ends one, or all others', async () => {
  const { email, session } = await person('eli')
  const sign = async agent => (await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password: PASSWORD }, headers: { 'User-Agent': agent } })).json
  const phone = await sign('Mozilla/5.0 (Linux; Android 14) Firefox/128.0'), third = await sign('curl/8')
  const stranger = await person('flo')
  const list = async token => (await call('GET', '/auth/v1/user/sessions', { token })).json.sessions
  const all = await list(session.access_token)
  assert.equal(all.length, 3)
  assert.equal(all.filter(one => one.current).length, 1)
  assert.ok(all.every(one => one.device && one.created_at && one.not_after && !('family_key_enc' in one)), JSON.stringify(all))
  const idOf = one => JSON.parse(Buffer.from(one.access_token.split('.')[1], 'base64url')).session_id
  const end = (token, id) => call('DELETE', `/auth/v1/user/sessions/${id}`, { token })
  assert.equal((await end(stranger.session.access_token, idOf(phone))).status, 404, 'not by somebody else')
  assert.equal((await end(session.access_token, 'x')).json.code, 'validation_failed')
  assert.equal((await end(session.access_token, idOf(phone))).status, 204)
  assert.equal((await end(session.access_token, idOf(phone))).status, 404)
  const rows = await fetch(`${server.rest}/learners`, { headers: { apikey: server.anon, Authorization: `Bearer ${phone.access_token}` } })
  assert.equal(rows.status, 401, 'it ends at the data API too')
  assert.equal((await call('DELETE', '/auth/v1/user/sessions', { token: session.access_token })).status, 204)
  assert.deepEqual((await list(session.access_token)).map(one => one.current), [true])
  assert.equal((await refresh(third.refresh_token)).status, 400)
  assert.equal((await call('GET', '/auth/v1/user/sessions')).json.code, 'no_authorization')
})

/** Cookies as a browser would keep them: `{ header, take(answer), get(name) }`. */
function jar() {
  const kept = new Map()
  return {
    kept, header: () => [...kept].map(([name, value]) => `${name}=${value}`).join('; '), get: name => kept.get(name),
    take(answer) {
      for (const line of answer.cookies) {
        const [pair] = line.split(';'), [name, value] = pair.split('=')
        if (/Max-Age=0(;|$)/.test(line)) kept.delete(name)
        else kept.set(name, value)
      }
      return answer
    },
  }
}

/** A session in cookies, of a page on the server's own origin. */
async function cookied(name, mode = 'persistent') {
  const { email } = await person(name), cookies = jar()
  const answer = cookies.take(await call('POST', '/auth/v1/token?grant_type=password', {
    body: { email, password: PASSWORD }, headers: { 'X-Use-Cookie': mode }, origin: server.url,
  }))
  const send = (method, path, { headers = {}, ...rest } = {}) => call(method, path, { ...rest, headers: { Cookie: cookies.header(), ...headers } })
  return { email, answer, cookies, send }
}

test('cookies: the tokens are where no script reads them', async () => {
  const { answer, cookies } = await cookied('gil')
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json.refresh_token, 'cookie')
  const line = name => answer.cookies.find(one => one.startsWith(`${name}=`))
  // Plain HTTP on loopback: no prefix and no Secure.
  assert.match(line('bs-at'), /; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/)
  assert.match(line('bs-rt'), /; Path=\/auth\/v1; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  assert.match(line('bs-csrf'), /; Path=\/; SameSite=Lax; Max-Age=\d+$/)
  assert.ok(!line('bs-csrf').includes('HttpOnly'))
  assert.equal(answer.headers.get('x-csrf-token'), cookies.get('bs-csrf'))
  const brief = await cookied('gia', 'session')
  assert.doesNotMatch(brief.answer.cookies.find(one => one.startsWith('bs-rt=')), /Max-Age/)
  assert.equal((await call('POST', '/auth/v1/token?grant_type=password', { body: {}, headers: { 'X-Use-Cookie': 'yes' } })).json.code, 'validation_failed')
  const foreign = await call('POST', '/auth/v1/token?grant_type=password', { body: {}, headers: { 'X-Use-Cookie': 'session' }, origin: 'https://evil.example' })
  assert.deepEqual([foreign.status, foreign.json.code], [403, 'csrf_failed'])
})

test('cookies: they count at every door, and a write needs the page and the value', async () => {
  const { cookies, send } = await cookied('hud')
  const value = cookies.get('bs-csrf')
  assert.equal((await send('GET', '/auth/v1/user')).status, 200)
  assert.equal((await send('GET', '/rest/v1/learners')).json.length, 1)
  const rename = (headers, origin) => send('PATCH', '/rest/v1/learners?name=eq.hud', { body: { name: 'hud' }, headers, origin })
  const update = (headers, origin) => send('PUT', '/auth/v1/user', { body: { data: { x: 1 } }, headers, origin })
  const other = (await cookied('ivo')).cookies.get('bs-csrf')
  for (const [write, good, code] of [[rename, 204, 'BSY403'], [update, 200, 'csrf_failed']]) {
    for (const [headers, origin] of [
      [{ 'X-CSRF-Token': value }, undefined],
      [{ 'X-CSRF-Token': value }, 'https://evil.example'],
      [{ 'X-CSRF-Token': value }, 'null'],
      [{ 'X-CSRF-Token': value, 'Sec-Fetch-Site': 'cross-site' }, server.url],
      [{}, server.url],
      [{ 'X-CSRF-Token': '' }, server.url],
      [{ 'X-CSRF-Token': other }, server.url],
      [{ 'X-CSRF-Token': other, Cookie: cookies.header().replace(value, other) }, server.url],
    ]) {
      const answer = await write(headers, origin)
      assert.deepEqual([answer.status, answer.json.code], [403, code], `${JSON.stringify(headers)} ${origin}: ${answer.text}`)
    }
    assert.equal((await write({ 'X-CSRF-Token': value }, server.url)).status, good)
    assert.equal((await write({ 'X-CSRF-Token': value, 'Sec-Fetch-Site': 'same-site' }, APP)).status, good)
    assert.equal((await write({ 'X-CSRF-Token': value, Referer: `${server.url}/page` }, undefined)).status, good)
  }
  // A user's own token wins over the cookie, and needs no value.
  const { session } = await person('jim')
  assert.equal((await send('GET', '/auth/v1/user', { token: session.access_token })).json.id, session.user.id)
  assert.equal((await send('PUT', '/auth/v1/user', { token: session.access_token, body: { data: { x: 2 } } })).status, 200)
  // A key of the application does not: it names no user.
  assert.equal((await send('GET', '/rest/v1/learners', { token: server.anon })).json.length, 1)
})

test('cookies: refresh by the sentinel, and sign out', async () => {
  const { cookies, send } = await cookied('kay')
  const again = (origin = server.url) => send('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: 'cookie' }, origin })
  const before = cookies.get('bs-rt')
  assert.equal((await again('https://evil.example')).json.code, 'csrf_failed')
  const answer = cookies.take(await again())
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json.refresh_token, 'cookie')
  assert.notEqual(cookies.get('bs-rt'), before)
  assert.match(answer.cookies.find(one => one.startsWith('bs-rt=')), /Max-Age=\d{6,}/, 'the way of the session is remembered')
  const out = cookies.take(await send('POST', '/auth/v1/logout', { headers: { 'X-CSRF-Token': cookies.get('bs-csrf') }, origin: server.url }))
  assert.equal(out.status, 204, out.text)
  assert.equal(cookies.kept.size, 0, 'all three are gone')
  const none = await again()
  assert.deepEqual([none.status, none.json.code], [400, 'refresh_token_not_found'])
})

test('cookies: an ended session clears them at its next refresh', async () => {
  const { email, cookies, send } = await cookied('lou')
  const other = (await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password: PASSWORD } })).json
  assert.equal((await call('POST', '/auth/v1/logout?scope=global', { token: other.access_token })).status, 204)
  assert.equal((await send('GET', '/rest/v1/learners')).status, 401)
  assert.equal(cookies.take(await send('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: 'cookie' }, origin: server.url })).status, 400)
  assert.equal(cookies.kept.size, 0)
})

test('CORS: listed origins may send cookies and are named; others get the star without', async () => {
  const preflight = origin => fetch(`${server.url}/auth/v1/user`, { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'x-csrf-token' } })
  const listed = await preflight(APP), other = await preflight('https://evil.example')
  assert.deepEqual([listed.headers.get('access-control-allow-origin'), listed.headers.get('access-control-allow-credentials')], [APP, 'true'])
  assert.equal(other.headers.get('access-control-allow-credentials'), null)
  assert.notEqual(other.headers.get('access-control-allow-origin'), 'https://evil.example')
  assert.match(listed.headers.get('vary') ?? '', /Origin/)
})

test('strict cookies: what scripts get lives for a minute, what the browser keeps does not', async () => {
  const strict = await serve({ BACKSTAY_AUTH__CONFIRM_EMAIL: 'false', BACKSTAY_AUTH__COOKIES__STRICT: 'true' })
  try {
    const ask = (path, body, headers = {}) => fetch(`${strict.server.url}/auth/v1${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { apikey: strict.server.anon, 'Content-Type': 'application/json', Origin: strict.server.url, ...headers },
    })
    const life = jwt => { const { iat, exp } = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')); return exp - iat }
    const email = address('nia'), asked = { email, password: PASSWORD, data: { name: 'Nia' } }
    const plain = await (await ask('/signup', asked)).json()
    assert.deepEqual([life(plain.access_token), plain.expires_in], [3600, 3600], 'a client without cookies is as it was')
    const cookies = jar()
    const answer = await ask('/token?grant_type=password', { email, password: PASSWORD }, { 'X-Use-Cookie': 'persistent' })
    cookies.take({ cookies: answer.headers.getSetCookie() })
    const session = await answer.json()
    assert.deepEqual([life(session.access_token), session.expires_in, session.refresh_token], [60, 60, 'cookie'])
    assert.equal(life(cookies.get('bs-at')), 3600)
    const rows = await fetch(`${strict.server.url}/rest/v1/learners?select=name`, { headers: { apikey: strict.server.anon, Cookie: cookies.header() } })
    assert.deepEqual(await rows.json(), [{ name: 'Nia' }])
    const again = await ask('/token?grant_type=refresh_token', { refresh_token: 'cookie' }, { Cookie: cookies.header() })
    assert.equal(life((await again.json()).access_token), 60)
  } finally {
    await strict.stop()
  }
})

test('the official client works with cookies', async () => {
  const { email } = await person('mae'), cookies = jar()
  const withCookies = async (url, options) => {
    const answer = await fetch(url, { ...options, headers: { ...Object.fromEntries(new Headers(options.headers)), Cookie: cookies.header(), Origin: server.url, 'X-Use-Cookie': 'session' } })
    cookies.take({ cookies: answer.headers.getSetCookie() })
    return answer
  }
  const own = createClient(server.url, server.anon, { auth: { persistSession: false, autoRefreshToken: false }, global: { fetch: withCookies }, realtime: { transport: ws } })
  assert.equal(ok(await own.auth.signInWithPassword({ email, password: PASSWORD })).session.refresh_token, 'cookie')
  for (let round = 0; round < 3; round += 1) assert.equal(ok(await own.auth.refreshSession()).session.refresh_token, 'cookie')
  assert.equal(ok(await own.from('learners').select('id')).length, 1)
  assert.equal((await own.auth.signOut()).error, null)
  assert.equal(cookies.kept.size, 0)
})
