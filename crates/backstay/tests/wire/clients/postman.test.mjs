// The Postman collection in newman: every test of it passes on an empty database as the service role, twice in a row since it cleans up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import newman from 'newman'
import { cli, start } from '../server.mjs'

const schemas = {
  'the learning portal': new URL('../../../../../examples/learning-portal/schema.graphql', import.meta.url).pathname,
  'every type and relation': new URL('../fixtures/contract.graphql', import.meta.url).pathname,
}

/** Runs a collection and gives its figures and failures. */
const play = (collection, variables) => new Promise((resolve, reject) => {
  const envVar = Object.entries(variables).map(([key, value]) => ({ key, value }))
  newman.run({ collection, envVar, reporters: [], timeoutRequest: 20_000 }, (error, summary) => {
    if (error) return reject(error)
    const { stats, failures } = summary.run
    const told = failures.map(f => `${f.parent?.name ?? ''} / ${f.source?.name ?? ''}: ${f.error.message}`)
    resolve({ requests: stats.requests.total, assertions: stats.assertions.total, told })
  })
})

for (const [name, schema] of Object.entries(schemas)) {
  test(`the collection of ${name} passes`, async () => {
    const server = await start(schema)
    try {
      const collection = JSON.parse(cli('schema', 'postman', '--schema', schema))
      const folders = collection.item.map(folder => folder.name)
      assert.equal(folders[0], 'server')
      assert.equal(folders.at(-1), 'clean up')
      for (const round of [1, 2]) {
        const { requests, assertions, told } = await play(collection, { baseUrl: server.url, apiKey: server.service })
        assert.deepEqual(told, [], `round ${round}`)
        assert.ok(requests > 25 && assertions > requests, `${requests} requests, ${assertions} assertions`)
      }
      // It holds every verb of every relation that the API's description has.
      const document = await fetch(`${server.url}/openapi.json`, { headers: { apikey: server.service } }).then(r => r.json())
      const offered = Object.entries(document.paths).filter(([path]) => /^\/rest\/v1\/[^/]+$/.test(path))
        .flatMap(([path, item]) => Object.keys(item).map(verb => `${verb.toUpperCase()} ${path}`))
      const inside = item => item.item ? item.item.flatMap(inside) : [`${item.request.method} ${item.request.url.replace('{{baseUrl}}', '').split('?')[0]}`]
      const held = new Set(inside(collection))
      // Rows without a key on the wire cannot be named, so nothing is changed or removed there.
      const missing = offered.filter(operation => !held.has(operation) && !/^(PATCH|DELETE) .*stickers$/.test(operation))
      assert.deepEqual(missing, [])
    } finally {
      await server.stop()
    }
  })
}

test('a role sees its own operations, and its tests take refusals', async () => {
  const schema = schemas['the learning portal']
  const server = await start(schema)
  try {
    const collection = JSON.parse(cli('schema', 'postman', '--schema', schema, '--role', 'learner'))
    assert.ok(!JSON.stringify(collection).includes('mbeClearance'), 'a column that the role cannot read is not named')
    const token = server.token('learner', 'someone')
    const { told, requests } = await play(collection, { baseUrl: server.url, apiKey: server.anon, token })
    assert.deepEqual(told, [])
    assert.ok(requests > 10, `${requests} requests`)
  } finally {
    await server.stop()
  }
})
