// refine's data provider for Hasura, as npm has it: list, filter, sort, page, create, update and delete.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import hasura, { GraphQLClient } from '@refinedev/hasura'
import { blog } from './graphql.mjs'

let server, provider
before(async () => {
  server = await blog()
  const client = new GraphQLClient(server.graphql, { headers: { Authorization: `Bearer ${server.admin}` } })
  provider = hasura(client, { idType: 'Int' })
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const meta = { fields: ['id', 'title', 'likes', { author: ['id', 'name'] }] }
const list = async options => {
  const { data, total } = await provider.getList({ resource: 'posts', meta, ...options })
  return [data.map(row => row.id), total]
}

test('lists by page, in an order', async () => {
  assert.deepEqual(await list({ pagination: { currentPage: 2, pageSize: 3 }, sorters: [{ field: 'likes', order: 'desc' }] }), [[22, 21, 20], 25])
  const { data } = await provider.getList({ resource: 'posts', meta, pagination: { pageSize: 1 } })
  assert.deepEqual(data, [{ id: 1, title: 'Post 1', likes: 0, author: { id: 1, name: 'Ana' } }])
})

test('filters', async () => {
  const filtered = filters => list({ filters, sorters: [{ field: 'id', order: 'asc' }] })
  for (const [filters, ids] of [
    [[{ field: 'id', operator: 'eq', value: 7 }], [7]],
    [[{ field: 'likes', operator: 'gte', value: 22 }], [23, 24, 25]],
    [[{ field: 'likes', operator: 'lt', value: 2 }], [1, 2]],
    [[{ field: 'id', operator: 'in', value: [3, 5] }], [3, 5]],
    [[{ field: 'title', operator: 'contains', value: 'POST 1' }, { field: 'id', operator: 'lt', value: 12 }], [1, 10, 11]],
    [[{ field: 'title', operator: 'endswith', value: ' 4' }], [4]],
    [[{ field: 'body', operator: 'nnull', value: true }], []],
    [[{ operator: 'or', value: [{ field: 'id', operator: 'eq', value: 1 }, { field: 'likes', operator: 'eq', value: 24 }] }], [1, 25]],
    [[{ field: 'author.name', operator: 'eq', value: 'Bo' }, { field: 'id', operator: 'lte', value: 4 }], [2, 4]],
  ]) assert.deepEqual(await filtered(filters), [ids, ids.length], JSON.stringify(filters))
})

test('one and several', async () => {
  assert.equal((await provider.getOne({ resource: 'posts', id: 9, meta })).data.title, 'Post 9')
  const { data } = await provider.getMany({ resource: 'posts', ids: [2, 4], meta })
  assert.deepEqual(data.map(row => row.id).sort(), [2, 4])
})

test('creates, updates and deletes', async () => {
  const { data: made } = await provider.create({ resource: 'posts', variables: { title: 'New', likes: 5, authorId: 2 }, meta })
  assert.deepEqual({ ...made, id: 0 }, { id: 0, title: 'New', likes: 5, author: { id: 2, name: 'Bo' } })
  const { data: changed } = await provider.update({ resource: 'posts', id: made.id, variables: { title: 'Changed' }, meta })
  assert.equal(changed.title, 'Changed')
  const { data: several } = await provider.createMany({ resource: 'posts', variables: [{ title: 'A' }, { title: 'B' }], meta: { fields: ['title'] } })
  assert.deepEqual(several.map(row => row.title), ['A', 'B'])
  const ids = several.map(row => row.id)
  const { data: updated } = await provider.updateMany({ resource: 'posts', ids, variables: { likes: 99 }, meta: { fields: ['likes'] } })
  assert.deepEqual(updated.map(row => row.likes), [99, 99])
  const { data: gone } = await provider.deleteMany({ resource: 'posts', ids, meta: { fields: ['id'] } })
  assert.equal(gone.length, 2)
  const { data: deleted } = await provider.deleteOne({ resource: 'posts', id: made.id, meta })
  assert.equal(deleted.id, made.id)
  assert.equal((await list({}))[1], 25)
})
