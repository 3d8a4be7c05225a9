// The rules of the data API with real sessions: what a learner may not see changes no byte of an answer, and a role counts from the
// next request on, with the same token.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { start } from '../server.mjs'

const PASSWORD = 'correct horse battery 7'
let server, ana, bea, count = 0

before(async () => {
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__CONFIRM_EMAIL: 'false',
    BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
  ana = await person('Ana')
  bea = await person('Bea')
  await write(`/learners?id=eq.${bea.id}`, 'PATCH', { scores: { maths: 1 }, mbeClearance: true, psp: 'hidden' })
  await write('/posts', 'POST', [{ title: 'by Ana', authorId: ana.id }, { title: 'by Bea', authorId: bea.id }])
})
after(async () => assert.equal(await server.stop(), 0))

const post = (path, body) => fetch(`${server.url}/auth/v1${path}`, { method: 'POST', headers: { apikey: server.anon, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

async function person(name) {
  const answer = await post('/signup', { email: `${name}.${++count}@example.com`, password: PASSWORD, data: { name } })
  assert.equal(answer.status, 200)
  const { access_token: token, user } = await answer.json()
  return { id: user.id, token, email: user.email }
}

async function ask(who, path, init = {}) {
  const answer = await fetch(`${server.rest}${path}`, { ...init, headers: { apikey: server.anon, Authorization: `Bearer ${who.token}`, ...init.headers } })
  return { status: answer.status, range: answer.headers.get('content-range'), tag: answer.headers.get('etag'), text: await answer.text() }
}

async function write(path, method, body) {
  const answer = await ask({ token: server.service }, path, { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
  assert.ok(answer.status < 300, answer.text)
}

const HIDDEN = ['scores', 'mbeClearance', 'psp']
const REQUESTS = [
  '/learners', '/learners?select=id,name,email,role', '/learners?select=count()', '/learners?select=id.max(),name.min()', '/learners?order=name.desc&limit=1',
  '/learners?or=(name.eq.Bea,name.eq.Ana)', '/learners?name=like.B*', '/posts?select=title,learners(name)&order=id', '/posts?select=title,learners!inner(name)', '/posts?select=title,...learners(email)&order=id',
  '/posts?select=title&learners.name=eq.Bea&learners=not.is.null', '/posts?select=title,learners()&order=learners(name)', '/learners?select=id&id=neq.x', '/learners?select=nothing',
  ...HIDDEN.flatMap(column => [`/learners?select=${column}`, `/learners?${column}=not.is.null`, `/learners?order=${column}`, `/learners?select=${column}.max()`, `/posts?select=title,learners(${column})`, `/posts?select=title,learners!inner()&learners.${column}=not.is.null`, `/learners?or=(${column}.is.null,id.not.is.null)`]),
]
const all = () => Promise.all(REQUESTS.flatMap(path => [ask(ana, path), ask(ana, path, { headers: { Prefer: 'count=exact' } }), ask(ana, path, { headers: { Accept: 'text/csv' } })]))

test('what a learner may not see changes no byte of an answer', async () => {
  const first = await all()
  for (const { status } of first) assert.ok(status < 500)
  for (const [at, path] of REQUESTS.entries()) if (HIDDEN.some(column => path.includes(column))) assert.equal(first[at * 3].status, 403, `${path}: ${first[at * 3].text}`)
  await write(`/learners?id=eq.${bea.id}`, 'PATCH', { scores: { maths: 99 }, mbeClearance: false, psp: 'else', name: 'Abe' })
  await write(`/learners?id=eq.${ana.id}`, 'PATCH', { scores: { maths: 5 }, psp: 'mine' })
  const second = await all()
  // The caller's own row has changed in what is hidden; when it was changed is not.
  const bare = answers => answers.map(({ text, tag, ...rest }) => ({ ...rest, text: text.replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(\+00:00|Z)?/g, 'TIME') }))
  assert.deepEqual(bare(second), bare(first))
})

test('a role counts from the next request on, up and down, with the same token', async () => {
  const names = async () => { const answer = await ask(ana, '/learners?select=name&order=name'); return answer.status === 200 ? JSON.parse(answer.text).length : answer.status }
  assert.equal(await names(), 1)
  assert.equal((await ask(ana, '/learners?select=psp')).status, 403)
  await write(`/learners?id=eq.${ana.id}`, 'PATCH', { role: 'admin' })
  assert.equal(await names(), 2)
  assert.equal((await ask(ana, '/learners?select=psp')).status, 200)
  await write(`/learners?id=eq.${bea.id}`, 'PATCH', { role: 'admin' })
  await write(`/learners?id=eq.${ana.id}`, 'PATCH', { role: 'learner' })
  assert.equal(await names(), 1)
  assert.equal((await ask(ana, '/learners?select=psp')).status, 403)
})

test('a row that goes takes the session along', async () => {
  const cid = await person('Cid')
  assert.equal((await ask(cid, '/learners?select=id')).status, 200)
  await write(`/learners?id=eq.${cid.id}`, 'DELETE')
  assert.equal((await ask(cid, '/learners?select=id')).status, 401)
  assert.equal((await post('/token?grant_type=password', { email: cid.email, password: PASSWORD })).status, 400)
})
