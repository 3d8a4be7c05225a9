// react-admin's data provider for Hasura, as npm has it: it reads the types, then lists, filters, creates, updates and deletes.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { blog } from './graphql.mjs'

const require = createRequire(import.meta.url)
const buildHasuraProvider = require('ra-data-hasura').default

let server, provider
before(async () => {
  // It takes the names of types for those of root fields.
  server = await blog({ BACKSTAY_GRAPHQL__TYPE_NAMES: 'relation', BACKSTAY_GRAPHQL__SCALAR_NAMES: 'pg' })
  provider = await buildHasuraProvider({ clientOptions: { uri: server.graphql, headers: { Authorization: `Bearer ${server.admin}` } } })
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const list = async options => {
  const { data, total } = await provider.getList('posts', { pagination: { page: 1, perPage: 5 }, sort: { field: 'id', order: 'ASC' }, filter: {}, ...options })
  return [data.map(row => row.id), total]
}

test('lists by page, in an order', async () => {
  assert.deepEqual(await list({ pagination: { page: 2, perPage: 3 }, sort: { field: 'likes', order: 'DESC' } }), [[22, 21, 20], 25])
})

test('filters', async () => {
  assert.deepEqual(await list({ filter: { title: 'Post 2' } }), [[2, 20, 21, 22, 23], 7])
  assert.deepEqual(await list({ filter: { id: 3 } }), [[3], 1])
  assert.deepEqual(await list({ filter: { 'likes@_gte': 23 } }), [[24, 25], 2])
  assert.deepEqual(await list({ filter: { ids: [4, 6] } }), [[4, 6], 2])
  assert.deepEqual(await list({ filter: { 'author#name@_eq': 'Bo', 'id@_lte': 4 } }), [[2, 4], 2])
})

test('one, several, and those that refer to one', async () => {
  assert.equal((await provider.getOne('posts', { id: 9 })).data.title, 'Post 9')
  assert.deepEqual((await provider.getMany('posts', { ids: [2, 4] })).data.map(row => row.id).sort(), [2, 4])
  const { data } = await provider.getManyReference('comments', { target: 'postId', id: 1, pagination: { page: 1, perPage: 10 }, sort: { field: 'id', order: 'ASC' }, filter: {} })
  assert.deepEqual(data.map(row => row.id), [1, 26])
})

test('creates, updates and deletes', async () => {
  const { data: made } = await provider.create('posts', { data: { title: 'New', likes: 5, authorId: 2 } })
  assert.deepEqual([made.title, made.likes, made.mood], ['New', 5, 'calm'])
  const { data: changed } = await provider.update('posts', { id: made.id, data: { ...made, title: 'Changed' }, previousData: made })
  assert.equal(changed.title, 'Changed')
  const { data: several } = await provider.updateMany('posts', { ids: [made.id], data: { likes: 7 } })
  assert.deepEqual(several, [made.id])
  assert.equal((await provider.getOne('posts', { id: made.id })).data.likes, 7)
  assert.equal((await provider.delete('posts', { id: made.id, previousData: changed })).data.id, made.id)
  const { data: more } = await provider.create('posts', { data: { title: 'More' } })
  assert.deepEqual((await provider.deleteMany('posts', { ids: [more.id] })).data, [more.id])
  assert.equal((await list({}))[1], 25)
})
