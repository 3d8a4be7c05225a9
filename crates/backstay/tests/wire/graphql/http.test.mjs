// GraphQL over HTTP beyond the audit: media types and statuses, batches, documents by hash, GET with ETag, roles, SDL, pages of other sites.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { scratch } from '../server.mjs'
import { asker, blog } from './graphql.mjs'

let server
before(async () => { server = await blog() })
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const GRAPHQL = 'application/graphql-response+json'
const sha256 = text => createHash('sha256').update(text).digest('hex')
const codes = json => (json.errors ?? []).map(error => error.extensions.code)

describe('statuses', () => {
  const rows = [
    ['data', { query: '{posts(limit:1){id}}' }, 200, 200],
    ['no JSON', '{', 400, 400],
    ['no query', {}, 400, 400],
    ['no GraphQL', { query: '{' }, 400, 200, 'parse-failed'],
    ['an unknown field', { query: '{nothing}' }, 400, 200, 'validation-failed'],
    ['a bad variable', { query: 'query($n:Int){posts(limit:$n){id}}', variables: { n: 'x' } }, 400, 200, 'validation-failed'],
    ['a missing operation', { query: '{__typename}', operationName: 'x' }, 400, 200, 'validation-failed'],
    ['too deep', { query: `{posts${'{author{posts'.repeat(7)}{id}${'}}'.repeat(7)}}` }, 400, 200, 'limit-exceeded'],
  ]
  for (const [name, body, strict, plain, code] of rows) {
    test(name, async () => {
      for (const [accept, status] of [[GRAPHQL, strict], ['application/json', plain], [undefined, plain]]) {
        const answer = await server.ask(body, { headers: accept ? { Accept: accept } : {} })
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.headers.get('content-type'), `${accept ?? 'application/json'}; charset=utf-8`)
        if (code) {
          assert.deepEqual(codes(answer.json), [code], answer.text)
          assert.ok(!('data' in answer.json))
        }
      }
    })
  }
  test('the draft of 2026', async () => {
    const other = await blog({ BACKSTAY_GRAPHQL__STATUS_MODE: 'draft2026' })
    try {
      for (const accept of [GRAPHQL, 'application/json']) {
        const status = async query => (await other.ask({ query }, { headers: { Accept: accept } })).status
        assert.deepEqual([await status('{posts{id}}'), await status('{'), await status('{nothing}')], [200, 400, 422])
      }
    } finally { await other.stop() }
  })
  test('verbs, paths and media types', async () => {
    const verb = async method => server.ask(undefined, { method })
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await verb(method)
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, POST'], method)
    }
    const mutation = await server.ask(undefined, { method: 'GET', url: `${server.graphql}?query=${encodeURIComponent('mutation{delete_posts_by_pk(id:1){id}}')}`, token: server.admin })
    assert.deepEqual([mutation.status, mutation.headers.get('allow')], [405, 'POST'], mutation.text)
    assert.equal((await server.ask({ query: '{__typename}' }, { headers: { Accept: 'image/png' } })).status, 406)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16']) {
      assert.equal((await server.ask('{"query":"{__typename}"}', { headers: { 'Content-Type': type } })).status, 415, type)
    }
    assert.equal((await server.ask({ query: '{__typename}' }, { url: `${server.url}/v1/graphql` })).text, '{"data":{"__typename":"Query"}}')
    assert.equal((await server.ask({ query: '{__typename}' }, { url: `${server.graphql}/other` })).status, 404)
    assert.equal((await server.ask({ query: '{__typename}' }, { token: 'x.y.z' })).status, 401)
  })
})

describe('batches', () => {
  test('answers in order, each by itself', async () => {
    const answer = await server.ask([{ query: '{posts_by_pk(id:2){id}}' }, { query: '{nothing}' }, 7, { query: 'query($i:Int!){posts_by_pk(id:$i){title}}', variables: { i: 1 } }])
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.json[0], { data: { posts_by_pk: { id: 2 } } })
    assert.deepEqual(codes(answer.json[1]), ['validation-failed'])
    assert.deepEqual(codes(answer.json[2]), ['bad-request'])
    assert.deepEqual(answer.json[3], { data: { posts_by_pk: { title: 'Post 1' } } })
  })
  test('are bounded in number and in cost', async () => {
    const many = Array.from({ length: 11 }, () => ({ query: '{__typename}' }))
    const answer = await server.ask(many)
    assert.deepEqual([answer.status, ...codes(answer.json)], [400, 'limit-exceeded'])
    assert.equal((await server.ask([])).status, 400)
    const dear = { query: '{posts(limit:999){id title likes}}' }
    const costs = (await server.ask([dear, dear])).json.map(one => codes(one)[0])
    assert.deepEqual(costs, [undefined, 'limit-exceeded'])
  })
})

describe('documents by hash', () => {
  const query = '{posts_by_pk(id:3){id}}'
  const named = hash => ({ persistedQuery: { version: 1, sha256Hash: hash } })
  test('are known after they were sent', async () => {
    const unknown = await server.ask({ extensions: named(sha256(query)) }, { headers: { Accept: GRAPHQL } })
    assert.deepEqual([unknown.status, unknown.json.errors[0].message, ...codes(unknown.json)], [200, 'PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'])
    assert.deepEqual(codes((await server.ask({ query, extensions: named(sha256('other')) })).json), ['bad-request'])
    assert.deepEqual((await server.ask({ query, extensions: named(sha256(query)) })).json, { data: { posts_by_pk: { id: 3 } } })
    assert.deepEqual((await server.ask({ extensions: named(sha256(query)) })).json, { data: { posts_by_pk: { id: 3 } } })
    const get = await server.ask(undefined, { method: 'GET', url: `${server.graphql}?extensions=${encodeURIComponent(JSON.stringify(named(sha256(query))))}` })
    assert.deepEqual(get.json, { data: { posts_by_pk: { id: 3 } } })
    assert.equal(get.headers.get('cache-control'), 'public, max-age=60')
  })
  test('may be the only ones that run', async () => {
    const file = join(scratch(), 'manifest.json')
    writeFileSync(file, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: 'first', name: 'A', type: 'query', body: query }] }))
    const other = await blog({ BACKSTAY_GRAPHQL__TRUSTED_DOCUMENTS: file })
    try {
      for (const body of [{ query }, { extensions: named('first') }, { extensions: named(sha256(query)) }]) {
        assert.deepEqual((await other.ask(body)).json, { data: { posts_by_pk: { id: 3 } } })
      }
      for (const body of [{ query: '{__typename}' }, { query: '{__schema{types{name}}}' }, { extensions: named(sha256('{__typename}')) }, {}]) {
        assert.deepEqual(codes((await other.ask(body)).json), ['PERSISTED_QUERY_NOT_SUPPORTED'])
      }
    } finally { await other.stop() }
  })
})

describe('GET', () => {
  const get = (query, headers = {}, method = 'GET') => server.ask(undefined, { method, url: `${server.graphql}?query=${encodeURIComponent(query)}`, headers })
  test('is validated by its ETag', async () => {
    const first = await get('{posts(limit:2){id title}}')
    assert.equal(first.status, 200)
    const tag = first.headers.get('etag')
    assert.match(tag, /^"[0-9a-f]{32}"$/)
    const second = await get('{posts(limit:2){id title}}', { 'If-None-Match': tag })
    assert.deepEqual([second.status, second.text], [304, ''])
    assert.equal((await get('{posts(limit:3){id title}}', { 'If-None-Match': tag })).status, 200)
    const head = await get('{posts(limit:2){id title}}', {}, 'HEAD')
    assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', tag])
    assert.match(first.headers.get('vary'), /Authorization/)
  })
  test('takes variables', async () => {
    const url = `${server.graphql}?query=${encodeURIComponent('query A($i:Int!){posts_by_pk(id:$i){id}} query B{__typename}')}&operationName=A&variables=${encodeURIComponent('{"i":4}')}`
    assert.deepEqual((await server.ask(undefined, { method: 'GET', url })).json, { data: { posts_by_pk: { id: 4 } } })
  })
  test('large answers are compressed', async () => {
    const answer = await server.ask({ query: '{posts{id title likes author{name}}}' }, { headers: { 'Accept-Encoding': 'gzip' } })
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    assert.equal(answer.json.data.posts.length, 25)
  })
})

describe('roles', () => {
  const types = async token => {
    const { json } = await server.ask({ query: '{__schema{queryType{fields{name}} mutationType{fields{name}} types{name}} __type(name:"Author"){fields{name}}}' }, { token })
    return { queries: json.data.__schema.queryType.fields.map(f => f.name), mutations: json.data.__schema.mutationType?.fields.map(f => f.name) ?? [], author: json.data.__type.fields.map(f => f.name), types: json.data.__schema.types.map(t => t.name) }
  }
  test('see what they may use', async () => {
    const [anon, admin] = [await types(), await types(server.admin)]
    assert.ok(!anon.queries.includes('audits') && admin.queries.includes('audits'))
    assert.ok(!anon.types.includes('Audit') && admin.types.includes('Audit'))
    assert.ok(!anon.author.includes('email') && admin.author.includes('email'))
    assert.deepEqual(anon.mutations, [])
    assert.ok(admin.mutations.includes('insert_posts_one') && !admin.mutations.includes('insert_audits'))
  })
  test('a hidden field is as if it did not exist', async () => {
    const answer = await server.ask({ query: '{authors{email}}' })
    assert.deepEqual([answer.status, ...codes(answer.json)], [200, 'validation-failed'])
    assert.match(answer.json.errors[0].message, /Cannot query field "email" on type "Author"/)
  })
  test('SDL', async () => {
    const sdl = async token => (await server.ask(undefined, { method: 'GET', url: `${server.graphql}/schema.graphql`, token })).text
    assert.match(await sdl(server.admin), /type Audit \{/)
    const anon = await sdl()
    assert.ok(!anon.includes('Audit') && !anon.includes('email'), anon)
  })
  test('may be kept from asking about the types', async () => {
    const other = await blog({ BACKSTAY_GRAPHQL__INTROSPECTION: 'admin,service_role' })
    try {
      const ask = async (query, token) => codes((await other.ask({ query }, { token })).json)
      assert.deepEqual(await ask('{__schema{types{name}}}'), ['validation-failed'])
      assert.deepEqual(await ask('{__type(name:"Post"){name}}'), ['validation-failed'])
      assert.deepEqual(await ask('{__typename posts{__typename}}'), [])
      const admin = other.token('authenticated', 'ada', { app_metadata: { role: 'admin' } })
      assert.deepEqual(await ask('{__schema{types{name}}}', admin), [])
      assert.equal((await other.ask(undefined, { method: 'GET', url: `${other.graphql}/schema.graphql` })).status, 401)
    } finally { await other.stop() }
  })
  test('can be switched off altogether', async () => {
    const other = await blog({ BACKSTAY_GRAPHQL__ENABLED: 'false' })
    try { assert.equal((await asker(other.graphql)({ query: '{__typename}' })).status, 404) } finally { await other.stop() }
  })
})
