// A schema of 200 models: the first request, introspection, and introspection again.
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildClientSchema, getIntrospectionQuery, validateSchema } from 'graphql'
import { scratch, start } from '../server.mjs'
import { asker } from './graphql.mjs'

// A debug build on a busy machine is a hundred times slower than what is shipped, for which the bounds are 300 and 20 ms.
const FIRST_MS_MAX = Number(process.env.BACKSTAY_SCALE_FIRST_MS ?? 30_000)
const AGAIN_MS_MAX = Number(process.env.BACKSTAY_SCALE_AGAIN_MS ?? 2_000)
const MODELS = 200

const model = i => `type Thing${i} @model(table: "things_${i}") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @length(max: 80)
  email: Email @unique
  total: Decimal
  count: Int
  rating: Float
  active: Boolean
  made: DateTime
  meta: JSON
  tags: [String!]
  ref: Int
  next: Thing${(i + 1) % MODELS} @relation(fields: ["ref"], references: ["id"], name: "n${i}")
  previous: [Thing${(i + MODELS - 1) % MODELS}!]! @relation(name: "n${(i + MODELS - 1) % MODELS}")
}`

let dir, server, ask
before(async () => {
  dir = scratch()
  writeFileSync(join(dir, 'schema.graphql'), Array.from({ length: MODELS }, (_, i) => model(i)).join('\n'))
  server = await start(join(dir, 'schema.graphql'), { env: { BACKSTAY_SERVER__TIMING: 'true' } })
  ask = async body => {
    const answer = await asker(`${server.url}/graphql`)(body, { signal: AbortSignal.timeout(200_000) })
    return { ...answer, ms: Number(/total;dur=([\d.]+)/.exec(answer.headers.get('server-timing'))[1]) }
  }
})
after(async () => {
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
  rmSync(dir, { recursive: true })
})

test('the first request makes the types', async t => {
  const { json, ms } = await ask({ query: '{ things_7(limit: 1) { id next { name } } }' })
  assert.deepEqual(json, { data: { things_7: [] } })
  t.diagnostic(`first request: ${ms} ms`)
  assert.ok(ms < FIRST_MS_MAX, `took ${ms} ms`)
})

test('introspection is whole, and ready the second time', async t => {
  const query = getIntrospectionQuery()
  const first = await ask({ query })
  t.diagnostic(`first introspection: ${first.ms} ms, ${first.text.length} bytes`)
  assert.deepEqual(validateSchema(buildClientSchema(first.json.data)), [])
  const again = await ask({ query })
  assert.equal(again.text, first.text)
  t.diagnostic(`introspection again: ${again.ms} ms`)
  assert.ok(again.ms < AGAIN_MS_MAX, `took ${again.ms} ms`)
})
