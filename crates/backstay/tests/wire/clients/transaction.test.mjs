// Transactions over HTTP: all or none, results of earlier operations as values, each operation with the caller's own rules.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { start, send } from '../server.mjs'

const A = '018f0000-0000-7000-8000-00000000000a', B = '018f0000-0000-7000-8000-00000000000b'
const SEE = { Prefer: 'return=representation' }
let server, learner, admin

before(async () => {
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: { BACKSTAY_LIMITS__TRANSACTION_ROWS_MAX: '50' } })
  admin = server.token('authenticated', '018f0000-0000-7000-8000-0000000000ad', { app_metadata: { role: 'admin' } })
  learner = server.token('authenticated', A)
  const made = await send(server, admin, 'POST', '/learners', { body: [
    { id: A, name: 'Ana', email: 'ana@example.com', scores: { maths: 98765 }, psp: 's3cret-psp' },
    { id: B, name: 'Bo', email: 'bo@example.com', scores: { maths: 1 }, psp: 's3cret-psp-b' },
  ] })
  assert.equal(made.status, 201, made.text)
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const together = (who, body, headers) => send(server, who, 'POST', '/', { body, headers })
const dump = async () => (await send(server, admin, 'GET', '/learners?order=id')).text + (await send(server, admin, 'GET', '/posts?order=id')).text
const post = (title, authorId, headers = SEE) => ({ method: 'POST', path: '/posts', headers, body: { title, authorId } })
const get = path => ({ method: 'GET', path })

/** A list that is refused: its status, code and the position of the culprit; nothing is kept and nothing hidden is shown. */
async function refused(who, body, status, code, operation) {
  const before = await dump()
  const answer = await together(who, body)
  const what = `${JSON.stringify(body).slice(0, 300)}\n${answer.text}`
  assert.equal(answer.status, status, what)
  assert.equal(answer.json.code, code, what)
  assert.equal(answer.json.operation, operation, what)
  assert.ok(!/s3cret|98765/.test(answer.text), what)
  assert.equal(await dump(), before, `something was kept: ${what}`)
}

test('later operations use results of earlier ones, and all are kept', async () => {
  const answer = await together(admin, [
    { method: 'POST', path: '/learners', headers: SEE, body: { name: 'Cy', email: 'cy@example.com', scores: { maths: 5 } } },
    post('one', { $ref: '0.0.id' }),
    { method: 'PATCH', path: '/posts?id=eq.$1.0.id', body: { title: { $ref: '0.0.email' } } },
    get('/posts?id=in.($1.0.id,999)&select=title,author:learners(name)'),
    { method: 'PATCH', path: '/learners?id=eq.$0.0.id', headers: SEE, body: { scores: { $value: { $ref: 'literal' } } } },
    { method: 'HEAD', path: '/posts' },
    { method: 'DELETE', path: '/posts?id=eq.$1.0.id' },
    { method: 'DELETE', path: '/learners?id=eq.$0.0.id' },
  ])
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(answer.json.map(one => one.status), [201, 201, 204, 200, 200, 200, 204, 204], answer.text)
  assert.deepEqual(answer.json[3].body, [{ title: 'cy@example.com', author: { name: 'Cy' } }])
  assert.deepEqual(answer.json[4].body[0].scores, { $ref: 'literal' })
  assert.deepEqual(answer.json.map(one => one.body === null), [false, false, true, false, false, true, true, true])
  assert.equal(answer.json[3].headers['content-range'], '0-0/*')
  assert.match(answer.json[0].headers['content-type'], /^application\/json/)
  assert.deepEqual((await send(server, admin, 'GET', '/posts')).json, [])
})

test('what is committed stays, and rollback keeps nothing', async () => {
  const before = await dump()
  const tried = await together(admin, [post('tried', A), get('/posts?select=title')], { Prefer: 'tx=rollback' })
  assert.deepEqual(tried.json?.[1]?.body, [{ title: 'tried' }], tried.text)
  assert.equal(tried.headers.get('preference-applied'), 'tx=rollback')
  assert.equal(await dump(), before)
  assert.equal((await together(admin, [{ ...post('kept', A), headers: { prefer: 'tx=rollback' } }])).status, 200)
  assert.deepEqual((await send(server, admin, 'GET', '/posts?select=title')).json, [{ title: 'kept' }])
  assert.deepEqual((await together(admin, [])).json, [])
})

test('each operation meets the rules it meets alone', async () => {
  const seen = await together(learner, [get('/learners'), get('/learners?id=eq.' + B), get('/posts?select=title,author:learners(name)')])
  assert.deepEqual(seen.json[0].body.map(row => row.id), [A])
  assert.deepEqual(Object.keys(seen.json[0].body[0]), ['id', 'name', 'email', 'role', 'createdAt', 'updatedAt'])
  assert.deepEqual(seen.json[1].body, [])
  const mine = await together(learner, [get('/learners?select=id'), post('mine', { $ref: '0.0.id' })])
  assert.deepEqual(mine.json.map(one => one.status), [200, 201], mine.text)
  await refused(learner, [post('mine', A), post('of another', B)], 403, '42501', 1)
  await refused(learner, [get('/learners'), { method: 'DELETE', path: `/learners?id=eq.${A}` }], 403, '42501', 1)
  await refused(learner, [post('x', A), { method: 'PATCH', path: `/learners?id=eq.${A}`, body: { role: 'admin' } }], 403, '42501', 1)
  await refused(learner, [post('x', A), get('/learners?select=psp')], 403, '42501', 1)
  await refused(null, [get('/learners')], 401, '42501', 0)
})

test('a reference reaches only what its caller was shown', async () => {
  for (const column of ['psp', 'scores', 'mbeClearance', '__proto__', 'nothing'])
    await refused(learner, [get('/learners'), post({ $ref: `0.0.${column}` }, A)], 400, '22023', 1)
  await refused(learner, [get('/learners'), get('/posts?title=eq.$0.0.psp')], 400, '22023', 1)
  await refused(learner, [get(`/learners?id=eq.${B}`), get('/posts?title=eq.$0.0.name')], 400, '22023', 1)
  await refused(learner, [get('/learners'), { method: 'PATCH', path: `/learners?id=eq.${A}`, body: { psp: { $ref: '0.0.name' } } }], 403, '42501', 1)
})

test('a failing operation in the middle leaves nothing', async () => {
  const same = { method: 'POST', path: '/learners', body: { name: 'x', email: 'bo@example.com' } }
  await refused(admin, [post('a', A), same, post('b', A)], 409, '23505', 1)
  await refused(admin, [post('a', A), post('b', '018f0000-0000-7000-8000-0000000000ff'), post('c', A)], 409, '23503', 1)
  await refused(admin, [post('a', A), { method: 'PATCH', path: `/learners?id=eq.${A}`, body: { name: '' } }, post('b', A)], 400, '23514', 1)
  await refused(admin, [post('a', A), get('/nothing')], 404, 'PGRST205', 1)
  await refused(admin, [post('a', A), { method: 'DELETE', path: '/posts' }], 400, '21000', 1)
  await refused(admin, [post('a', A), { method: 'DELETE', path: `/posts?title=neq.x`, headers: { Prefer: 'handling=strict, max-affected=0' } }], 400, 'PGRST124', 1)
  await refused(admin, [post('a', A), get('/posts?offset=5000'), { method: 'GET', path: '/posts?offset=5000', headers: { Prefer: 'count=exact' } }], 400, 'PGRST127', 2)
})

test('references that lead nowhere', async () => {
  for (const [reference, status = 400, code = '22023'] of [
    ['1.0.id'], ['7.0.id'], ['x'], [''], ['0..id'], ['-1.0.id'], ['0.id'], ['0.1.id'], ['0.0.id.x'], ['0.0.title.0'], ['0' + '.0'.repeat(40)],
    ['99999999999999999999.0'], [5], [null], [['0.0.id']], [{ $ref: '0.0.id' }], ['0.0', 409, '23503'],
  ]) await refused(admin, [post('a', A), post('b', { $ref: reference })], status, code, 1)
  await refused(admin, [post('a', A, {}), get('/posts?id=eq.$0.0.id')], 400, '22023', 1)
  await refused(admin, [post('a', A), get('/posts?id=eq.$0.0.title')], 400, '22P02', 1)
  await refused(admin, [post('a', A), get('/posts?id=eq.$0')], 400, '22023', 1)
  const names = await together(admin, [post('id', A), get('/posts?select=$0.0.title')], { Prefer: 'tx=rollback' })
  assert.ok(names.status >= 400 && names.status < 500 && names.json.operation === 1, `a reference is no name: ${names.text}`)
  const dollars = await together(admin, [post('$0.0.id', A), get('/posts?title=eq.$$0.0.id&select=title')], { Prefer: 'tx=rollback' })
  assert.deepEqual(dollars.json[1].body, [{ title: '$0.0.id' }])
})

test('malformed lists', async () => {
  for (const body of ['', '{', 'null', '{}', '5', '"x"', '[', '[1,]', '['.repeat(100_000), '{"a":'.repeat(100_000)])
    await refused(admin, body, 400, 'PGRST102', undefined)
  for (const one of [
    null, 1, 'x', [], {}, { method: 'GET' }, { path: '/posts' }, { ...get('/posts'), extra: 1 }, { method: 'TRACE', path: '/posts' },
    { method: 'get', path: '/posts' }, { method: 1, path: '/posts' }, get('posts'), get(''), get('http://x/posts'), get('/posts#x'), get('/po sts'),
    get('/posts\r\nX: y'), { ...get('/posts'), headers: { Authorization: 'x' } }, { ...get('/posts'), headers: { Prefer: 'a\r\nb' } },
    { ...get('/posts'), headers: { Prefer: 1 } }, { ...get('/posts'), headers: 'x' }, { method: 'POST', path: '/posts' },
  ]) await refused(admin, [post('a', A), one], 400, 'PGRST102', 1)
  for (const path of ['/', '//', '/a/b']) await refused(admin, [get('/posts'), { method: 'POST', path, body: [] }], 404, 'PGRST125', 1)
  const deep = '['.repeat(5_000) + ']'.repeat(5_000)
  const before = await dump()
  const answer = await together(admin, `[{"method":"POST","path":"/learners","body":{"name":"d","email":"d@example.com","scores":${deep}}}]`)
  assert.equal(answer.status, 400, answer.text)
  assert.equal(answer.json.operation, 0)
  assert.equal(await dump(), before)
  const csv = await send(server, admin, 'POST', '/', { body: 'a,b', headers: { 'Content-Type': 'text/csv' } })
  assert.equal(csv.status, 400, csv.text)
  assert.equal((await together(admin, [], { Accept: 'text/csv' })).status, 406)
})

test('limits', async () => {
  await refused(admin, Array.from({ length: 101 }, () => get('/posts')), 400, '54000', undefined)
  const many = Array.from({ length: 30 }, (_, n) => ({ title: `t${n}`, authorId: A }))
  await refused(admin, [{ method: 'POST', path: '/posts', body: many }, { method: 'POST', path: '/posts', body: many }], 400, '54000', 1)
  const references = Array.from({ length: 1_001 }, () => '$0.0.id').join(',')
  await refused(admin, [post('a', A), get(`/posts?id=in.(${references})`)], 400, '54000', 1)
})

test('the document describes it', async () => {
  const document = (await fetch(`${server.url}/openapi.json`, { headers: { apikey: server.anon } }).then(answer => answer.json()))
  assert.equal(document.paths['/rest/v1/'].post.operationId, 'transaction')
})
