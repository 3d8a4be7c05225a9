// The reference case of the schema language, row by row, and each row again through every form that could show what it hides; once with
// tokens of the shared secret, once with the sessions of real accounts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mailbox } from '../auth/mailbox.mjs'
import { start, send } from '../server.mjs'

const A = '018f0000-0000-7000-8000-00000000000a', B = '018f0000-0000-7000-8000-00000000000b'
const PASSWORD = 'correct horse battery 7'
const VISIBLE = ['id', 'name', 'email', 'role', 'createdAt', 'updatedAt']
const SECRETS = ['s3cret-psp', '98765']
let server, mail, learner, admin

/** A request to sign-in. */
async function auth(method, path, body, token) {
  const answer = await fetch(`${server.url}/auth/v1${path}`, {
    method, body: JSON.stringify(body), headers: { apikey: server.anon, 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
  })
  const json = await answer.json()
  assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(json)}`)
  return json
}
const signIn = async email => (await auth('POST', '/token?grant_type=password', { email, password: PASSWORD })).access_token
/** The session of whoever reads the mails of an address. */
const byMail = async (email, type) => (await auth('POST', '/verify', { type, email, token: mail.code(await mail.waitFor(email)) })).access_token

/** Who asks, by how they prove it. */
const CALLERS = {
  'tokens of the shared secret': {
    admin: () => server.token('authenticated', '018f0000-0000-7000-8000-0000000000ad', { app_metadata: { role: 'admin' } }),
    learner: () => server.token('authenticated', A),
  },
  'sessions of real accounts': {
    async admin() {
      await auth('POST', '/admin/users', { email: 'root@example.com', password: PASSWORD, email_confirm: true, user_metadata: { name: 'Root' }, app_metadata: { role: 'admin' } }, server.service)
      return signIn('root@example.com')
    },
    async learner() {
      await auth('PUT', `/admin/users/${A}`, { password: PASSWORD, email_confirm: true }, admin)
      return signIn('ana@example.com')
    },
  },
}

for (const [kind, callers] of Object.entries(CALLERS)) describe(kind, () => {
before(async () => {
  mail = await mailbox()
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_MAIL_URL: mail.url, BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
  admin = await callers.admin()
  const rows = [
    { id: A, name: 'Ana', email: 'ana@example.com', scores: { maths: 98765 }, mbeClearance: true, psp: 's3cret-psp' },
    { id: B, name: 'Bo', email: 'bo@example.com', scores: { maths: 1 }, mbeClearance: false, psp: 's3cret-psp-b' },
  ]
  const made = await send(server, admin, 'POST', '/learners', { body: rows })
  assert.equal(made.status, 201, made.text)
  const posts = await send(server, admin, 'POST', '/posts', { body: [{ title: 'one', authorId: A }, { title: 'two', authorId: B }] })
  assert.equal(posts.status, 201, posts.text)
  learner = await callers.learner()
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly'); await mail.stop() })

const ask = (who, method, path, options) => send(server, who, method, path, options)
const dump = async () => (await ask(admin, 'GET', '/learners?order=id')).text
const hides = answer => { for (const secret of SECRETS) assert.ok(!answer.text.includes(secret), `shows ${secret}: ${answer.text}`) }

async function denied(answer, status) {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.json.code, '42501')
  assert.deepEqual(Object.keys(answer.json).sort(), ['code', 'details', 'hint', 'message'])
  hides(answer)
}

test('1: an anonymous caller has no rule', async () => {
  for (const path of ['/learners', '/learners?select=count()', '/learners?select=id', '/posts?select=*,author:learners(*)'])
    await denied(await ask(null, 'GET', path), 401)
  const answer = await ask(server.anon, 'GET', '/learners')
  await denied(answer, 401)
  assert.match(answer.headers.get('www-authenticate'), /^Bearer/)
})

test('2: a learner reads one row with exactly the visible keys', async () => {
  const answer = await ask(learner, 'GET', '/learners')
  assert.equal(answer.status, 200)
  assert.equal(answer.json.length, 1)
  assert.deepEqual(Object.keys(answer.json[0]), VISIBLE)
  hides(answer)
  const count = await ask(learner, 'GET', '/learners', { headers: { Prefer: 'count=exact' } })
  assert.equal(count.headers.get('content-range'), '0-0/1')
  const aggregate = await ask(learner, 'GET', '/learners?select=count()')
  assert.deepEqual(aggregate.json, [{ count: 1 }])
})

test('3: hidden columns cannot be named anywhere', async () => {
  const uses = [
    'select=scores', 'select=id,psp', 'select=secret:psp', 'select=scores->maths', 'select=scores->>maths', 'select=psp::text', 'select=mbeClearance.count()',
    'select=psp.max()', 'scores=gt.1', 'psp=eq.s3cret-psp', 'psp=is.null', 'psp=not.is.null', 'scores->>maths=eq.98765', 'mbeClearance=is.true',
    'or=(psp.eq.s3cret-psp,id.eq.1)', 'and=(not.or(mbeClearance.is.true))', 'psp=like.s*', 'psp=in.(s3cret-psp)', 'psp=match.^s',
    'order=psp', 'order=scores->maths.desc', 'psp=isdistinct.x', 'psp=ilike(any).{s*}',
  ]
  for (const use of uses) await denied(await ask(learner, 'GET', `/learners?${use}`), 403)
  await denied(await ask(learner, 'GET', '/posts?select=title,author:learners(psp)'), 403)
  await denied(await ask(learner, 'GET', '/posts?select=title,...learners(psp)'), 403)
  await denied(await ask(learner, 'GET', '/posts?select=title,learners(id)&learners.psp=eq.x'), 403)
  await denied(await ask(learner, 'GET', '/posts?select=title,learners(id)&order=learners(psp)'), 403)
  await denied(await ask(learner, 'PATCH', `/learners?id=eq.${A}&select=psp`, { body: { name: 'x' }, headers: { Prefer: 'return=representation' } }), 403)
  await denied(await ask(learner, 'PATCH', '/learners?psp=eq.s3cret-psp', { body: { name: 'x' } }), 403)
})

test('4: the row of another is as if it were not there', async () => {
  assert.deepEqual((await ask(learner, 'GET', `/learners?id=eq.${B}`)).json, [])
  assert.equal((await ask(learner, 'GET', `/learners?id=eq.${B}`, { headers: { Accept: 'application/vnd.pgrst.object+json' } })).status, 406)
  const patched = await ask(learner, 'PATCH', `/learners?id=eq.${B}`, { body: { name: 'taken' }, headers: { Prefer: 'return=representation' } })
  assert.equal(patched.status, 200)
  assert.deepEqual(patched.json, [])
})

test('5: own name changes, fields of the administrator do not', async () => {
  assert.equal((await ask(learner, 'PATCH', `/learners?id=eq.${A}`, { body: { name: 'Ana M.' } })).status, 204)
  const before = await dump()
  for (const body of [{ role: 'admin' }, { scores: { maths: 1 } }, { email: 'x@example.com' }, { mbeClearance: false }, { psp: null }, { name: 'y', role: 'admin' }])
    await denied(await ask(learner, 'PATCH', `/learners?id=eq.${A}`, { body }), 403)
  const moved = await ask(learner, 'PATCH', `/learners?id=eq.${A}`, { body: { id: '018f0000-0000-7000-8000-0000000000ff' } })
  await denied(moved, 403)
  assert.equal(await dump(), before, 'nothing changed')
})

test('6: a representation holds no hidden key', async () => {
  const answer = await ask(learner, 'PATCH', `/learners?id=eq.${A}`, { body: { name: 'Ana' }, headers: { Prefer: 'return=representation' } })
  assert.equal(answer.status, 200)
  assert.deepEqual(Object.keys(answer.json[0]), VISIBLE)
  hides(answer)
})

test('7: no rule, no delete, no insert', async () => {
  const before = await dump()
  await denied(await ask(learner, 'DELETE', `/learners?id=eq.${A}`), 403)
  await denied(await ask(learner, 'POST', '/learners', { body: { name: 'c', email: 'c@example.com' } }), 403)
  await denied(await ask(learner, 'POST', '/learners', { body: { id: A, name: 'c' }, headers: { Prefer: 'resolution=merge-duplicates' } }), 403)
  assert.equal(await dump(), before, 'nothing changed')
})

test('10: an administrator sees and does everything', async () => {
  const answer = await ask(admin, 'GET', '/learners?order=id')
  assert.deepEqual(answer.json.filter(row => row.role === 'learner').map(row => row.id), [A, B])
  assert.deepEqual(Object.keys(answer.json[0]).sort(), [...VISIBLE, 'scores', 'mbeClearance', 'psp'].sort())
  assert.equal(answer.json[0].psp, 's3cret-psp')
  assert.equal(answer.json[0].mbeClearance, true)
})

test('12: an administrator creates a learner, with defaults', async () => {
  const answer = await ask(admin, 'POST', '/learners', { body: { name: 'Cy', email: 'cy@example.com' }, headers: { Prefer: 'return=representation, tx=rollback' } })
  assert.equal(answer.status, 201, answer.text)
  const [row] = answer.json
  assert.equal(row.role, 'learner')
  assert.equal(row.mbeClearance, false)
  assert.match(row.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  assert.equal(row.scores, null)
})

test('11: of what somebody says at sign-up, only the copy list reaches the profile', async () => {
  const email = 'di@example.com'
  const user = await auth('POST', '/signup', { email, password: PASSWORD, data: { name: 'Di', role: 'admin', scores: { maths: 1 }, mbeClearance: true, psp: 'x' } })
  assert.equal(user.app_metadata.role, 'learner')
  const [row] = (await ask(admin, 'GET', `/learners?id=eq.${user.id}`)).json
  assert.deepEqual([row.name, row.role, row.scores, row.mbeClearance, row.psp], ['Di', 'learner', null, false, null])
  const own = await ask(await byMail(email, 'signup'), 'GET', '/learners')
  assert.deepEqual(own.json.map(mine => Object.keys(mine)), [VISIBLE])
  assert.equal(own.json[0].id, user.id)
})

test('12: whom an administrator creates can sign in', async () => {
  assert.equal((await ask(admin, 'POST', '/learners', { body: { name: 'Eve', email: 'eve@example.com', psp: 's3cret-psp-e' } })).status, 201)
  await auth('POST', '/otp', { email: 'eve@example.com', create_user: false })
  await auth('POST', '/admin/users', { email: 'fay@example.com', user_metadata: { name: 'Fay' }, app_metadata: { role: 'learner' }, send: 'invite' }, kind.startsWith('sessions') ? admin : server.service)
  for (const [email, type, name] of [['eve@example.com', 'email', 'Eve'], ['fay@example.com', 'invite', 'Fay']]) {
    const own = await ask(await byMail(email, type), 'GET', '/learners')
    assert.deepEqual(own.json.map(row => [Object.keys(row), row.name, row.role]), [[VISIBLE, name, 'learner']])
    hides(own)
  }
})

test('13: CSV and embeds show the same key set', async () => {
  const csv = await ask(learner, 'GET', '/learners', { headers: { Accept: 'text/csv' } })
  assert.equal(csv.text.split('\n')[0], VISIBLE.join(','))
  assert.equal(csv.text.split('\n').length, 2)
  hides(csv)
  const posts = await ask(learner, 'GET', '/posts?select=title,author:learners(*)&order=id')
  assert.equal(posts.status, 200, posts.text)
  assert.deepEqual(Object.keys(posts.json[0].author), VISIBLE)
  assert.equal(posts.json[1].author, null, 'the author of another post is hidden')
  hides(posts)
  const inner = await ask(learner, 'GET', '/posts?select=title,author:learners!inner(*)')
  assert.equal(inner.json.length, 1)
  const anti = await ask(learner, 'GET', '/posts?select=title,author:learners()&author=is.null')
  assert.deepEqual(anti.json, [{ title: 'two' }])
  const spread = await ask(learner, 'GET', '/posts?select=title,...learners(*)&order=id')
  assert.deepEqual(Object.keys(spread.json[0]), ['title', ...VISIBLE])
})

test('a caller cannot write in the name of another', async () => {
  await denied(await ask(learner, 'POST', '/posts', { body: { title: 'forged', authorId: B } }), 403)
  const own = await ask(learner, 'POST', '/posts', { body: { title: 'mine', authorId: A }, headers: { Prefer: 'return=representation, tx=rollback' } })
  assert.equal(own.status, 201, own.text)
})

test('a constraint does not tell a caller what it may not read', async () => {
  const answer = await ask(admin, 'POST', '/learners', { body: { name: 'c', email: 'bo@example.com' } })
  assert.equal(answer.status, 409)
  assert.equal(answer.json.code, '23505')
  assert.equal(answer.json.message, 'duplicate key value violates unique constraint "learners_email_key"')
  assert.equal(answer.json.details, 'Key (email)=(bo@example.com) already exists.')
})

test('the OpenAPI document holds what the role may see and nothing else', async () => {
  const document = async token => (await fetch(`${server.url}/openapi.json`, { headers: token ? { Authorization: `Bearer ${token}` } : {} })).text()
  const forLearner = await document(learner)
  for (const hidden of ['scores', 'mbeClearance', 'psp']) assert.ok(!forLearner.includes(`"${hidden}"`), `${hidden} in the learner's document`)
  assert.ok((await document(admin)).includes('"mbeClearance"'))
  assert.ok(!(await document(null)).includes('learners'))
})
})
