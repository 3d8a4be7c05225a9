// The clients that people use: Apollo Client, urql, graphql-request. Queries, variables, fragments, mutations, errors, documents by hash, batches.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { Client, cacheExchange, fetchExchange } from '@urql/core'
import { GraphQLClient } from 'graphql-request'
import { blog } from './graphql.mjs'

const require = createRequire(import.meta.url)
const { ApolloClient, HttpLink, InMemoryCache, gql } = require('@apollo/client/core')
const { BatchHttpLink } = require('@apollo/client/link/batch-http')
const { createPersistedQueryLink } = require('@apollo/client/link/persisted-queries')

let server, headers
before(async () => {
  server = await blog()
  headers = { Authorization: `Bearer ${server.admin}` }
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const LIST = 'query List($n: Int!) { posts(limit: $n, order_by: {id: asc}) { ...Short author { id name } } } fragment Short on Post { id title }'
const CHANGE = 'mutation Change($id: Int!, $set: posts_set_input!) { update_posts_by_pk(pk_columns: {id: $id}, _set: $set) { id title } }'
const first = { id: 1, title: 'Post 1', author: { id: 1, name: 'Ana' } }

describe('Apollo Client', () => {
  const client = link => new ApolloClient({ cache: new InMemoryCache(), link })
  const http = () => new HttpLink({ uri: server.graphql, headers })
  test('queries and mutates through its cache', async () => {
    const apollo = client(http())
    const { data } = await apollo.query({ query: gql(LIST), variables: { n: 1 } })
    assert.deepEqual(data.posts, [{ __typename: 'Post', ...first, author: { __typename: 'Author', ...first.author } }])
    await apollo.mutate({ mutation: gql(CHANGE), variables: { id: 1, set: { title: 'Changed' } } })
    assert.equal(apollo.readQuery({ query: gql(LIST), variables: { n: 1 } }).posts[0].title, 'Changed')
    await apollo.mutate({ mutation: gql(CHANGE), variables: { id: 1, set: { title: 'Post 1' } } })
    await assert.rejects(apollo.query({ query: gql('{ nothing }') }), /Cannot query field/)
  })
  test('names documents by their hash, by GET', async () => {
    const sha256 = text => createHash('sha256').update(text).digest('hex')
    const apollo = client(createPersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http()))
    for (let i = 0; i < 2; i += 1) {
      const { data } = await apollo.query({ query: gql(LIST), variables: { n: 2 }, fetchPolicy: 'network-only' })
      assert.deepEqual(data.posts.map(post => post.id), [1, 2])
    }
  })
  test('sends batches', async () => {
    const apollo = client(new BatchHttpLink({ uri: server.graphql, headers, batchInterval: 5 }))
    const both = await Promise.all([1, 2].map(n => apollo.query({ query: gql(LIST), variables: { n } })))
    assert.deepEqual(both.map(({ data }) => data.posts.length), [1, 2])
  })
})

test('urql', async () => {
  const urql = new Client({ url: server.graphql, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers }, preferGetMethod: false })
  const { data, error } = await urql.query(LIST, { n: 1 }).toPromise()
  assert.equal(error, undefined)
  assert.deepEqual(data.posts.map(({ id, title }) => ({ id, title })), [{ id: 1, title: 'Post 1' }])
  const changed = await urql.mutation(CHANGE, { id: 2, set: { title: '' } }).toPromise()
  assert.equal(changed.error.graphQLErrors[0].extensions.code, 'constraint-violation')
  const byGet = new Client({ url: server.graphql, exchanges: [fetchExchange], fetchOptions: { headers }, preferGetMethod: 'force' })
  assert.equal((await byGet.query(LIST, { n: 3 }).toPromise()).data.posts.length, 3)
})

test('graphql-request', async () => {
  const client = new GraphQLClient(server.graphql, { headers })
  assert.deepEqual((await client.request(LIST, { n: 1 })).posts, [first])
  const made = await client.request('mutation { insert_posts_one(object: {title: "From graphql-request"}) { id title } }')
  assert.equal(made.insert_posts_one.title, 'From graphql-request')
  assert.deepEqual(await client.request('mutation($id: Int!) { delete_posts_by_pk(id: $id) { id } }', { id: made.insert_posts_one.id }), { delete_posts_by_pk: { id: made.insert_posts_one.id } })
  await assert.rejects(client.request(LIST, { n: 'x' }), error => error.response.errors[0].extensions.code === 'validation-failed')
})
