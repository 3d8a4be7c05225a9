// The endpoints of sign-in are those of the OpenAPI document: each is there with its verbs, and with no others.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { start } from '../server.mjs'

const VERBS = ['get', 'post', 'put', 'patch', 'delete'], ID = '00000000-0000-4000-8000-000000000000'
/** Words of a path that another endpoint takes for an id. */
const TAKEN_FOR_AN_ID = ['delete /auth/v1/user/identities/authorize', 'delete /auth/v1/factors/recovery-codes']
let server

before(async () => {
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: { BACKSTAY_AUTH__LIMITS__ENABLED: 'false' } })
})
after(async () => assert.equal(await server.stop(), 0))

const document = async key => (await fetch(`${server.url}/openapi.json`, { headers: { apikey: key } })).json()
const ask = (verb, path) => fetch(server.url + path.replaceAll(/\{\w+\}/g, ID), {
  method: verb.toUpperCase(), redirect: 'manual', body: verb === 'get' ? undefined : '{}',
  headers: { apikey: server.service, Authorization: `Bearer ${server.service}`, 'Content-Type': 'application/json', 'X-Supabase-Api-Version': '2024-01-01' },
})

test('what the document names is answered, and no other verb is', async () => {
  const paths = Object.entries((await document(server.service)).paths).filter(([path]) => path.startsWith('/auth/v1/'))
  assert.ok(paths.length > 35, `${paths.length} paths`)
  for (const [path, item] of paths) {
    for (const verb of VERBS) {
      const answer = await ask(verb, path), text = await answer.text()
      assert.ok(answer.status < 500, `${verb} ${path}: ${answer.status} ${text}`)
      const isOffered = answer.status !== 405 && !text.includes('"not_found"')
      const isNamed = verb in item || TAKEN_FOR_AN_ID.includes(`${verb} ${path}`)
      assert.equal(isOffered, isNamed, `${verb} ${path}: ${answer.status} ${text}`)
    }
  }
})

test('administration is in the document of the service role alone', async () => {
  const administers = async key => Object.keys((await document(key)).paths).some(path => path.startsWith('/auth/v1/admin/'))
  assert.deepEqual([await administers(server.service), await administers(server.anon)], [true, false])
})
