// Apollo's gateway composes this API with another one, and joins rows of ours to theirs by key.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { graphql, buildSchema, parse } from 'graphql'
import { blog } from './graphql.mjs'

const require = createRequire(import.meta.url)
const { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } = require('@apollo/gateway')

const RATINGS = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external"])
type Query { best: Rating }
type Rating { stars: Int! post: Post! }
type Post @key(fields: "id") { id: Int! stars: Int! }
`

let server, other, gateway, executor
before(async () => {
  server = await blog({ BACKSTAY_GRAPHQL__FEDERATION: 'true' })
  other = await ratings()
  gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({ subgraphs: [
      { name: 'backstay', url: server.graphql },
      { name: 'ratings', url: `http://127.0.0.1:${other.address().port}` },
    ] }),
    buildService: ({ url }) => new RemoteGraphQLDataSource({ url }),
    logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  ({ executor } = await gateway.load())
})
after(async () => {
  await gateway?.stop()
  other?.close()
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
})

/** A small subgraph of its own: stars of posts. */
async function ratings() {
  const plain = buildSchema(`
    scalar _Any type _Service { sdl: String } union _Entity = Post
    type Query { best: Rating _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
    type Rating { stars: Int! post: Post! } type Post { id: Int! stars: Int! }`)
  const post = id => ({ __typename: 'Post', id, stars: id % 5 })
  const rootValue = {
    best: { stars: 5, post: post(7) },
    _service: { sdl: RATINGS },
    _entities: ({ representations }) => representations.map(({ id }) => post(id)),
  }
  const http = createServer(async (request, answer) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { query, variables, operationName } = JSON.parse(body)
    const result = await graphql({ schema: plain, source: query, variableValues: variables, operationName, rootValue })
    answer.setHeader('Content-Type', 'application/json')
    answer.end(JSON.stringify(result))
  })
  await new Promise(resolve => { http.listen(0, '127.0.0.1', resolve) })
  return http
}

const ask = async source => {
  const result = await executor({
    document: parse(source), request: { query: source, variables: {}, http: undefined }, operationName: undefined, operation: undefined,
    queryHash: source, context: {}, cache: { get: async () => undefined, set: async () => {}, delete: async () => {} }, schema: gateway.schema, logger: console, metrics: {}, overallCachePolicy: undefined,
  })
  return JSON.parse(JSON.stringify(result))
}

test('rows of ours take on fields of the other', async () => {
  const { data, errors } = await ask('{ posts(limit: 3, order_by: {id: asc}) { id title stars } }')
  assert.equal(errors, undefined, JSON.stringify(errors))
  assert.deepEqual(data.posts, [1, 2, 3].map(id => ({ id, title: `Post ${id}`, stars: id })))
})

test('rows of the other take on fields of ours', async () => {
  const { data, errors } = await ask('{ best { stars post { id title author { name } } } }')
  assert.equal(errors, undefined, JSON.stringify(errors))
  assert.deepEqual(data.best, { stars: 5, post: { id: 7, title: 'Post 7', author: { name: 'Ana' } } })
})

test('a row that is not there is null, and order is kept', async () => {
  const { json } = await server.ask({
    query: 'query($r:[_Any!]!){_entities(representations:$r){__typename ... on Post{id} ...A}} fragment A on Author{name}',
    variables: { r: [{ __typename: 'Post', id: 2 }, { __typename: 'Post', id: 999 }, { __typename: 'Author', id: 3 }] },
  })
  assert.deepEqual(json, { data: { _entities: [{ __typename: 'Post', id: 2 }, null, { __typename: 'Author', name: 'Cy' }] } })
  const bad = await server.ask({ query: '{_entities(representations:[{id:1}]){__typename}}' })
  assert.match(bad.json.errors[0].message, /__typename/)
})
