// The audit of `graphql-http`: every MUST, SHOULD and MAY of GraphQL over HTTP that it knows.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { serverAudits } from 'graphql-http'
import { blog } from './graphql.mjs'

let server
before(async () => { server = await blog() })
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const audits = serverAudits({ url: () => server.graphql, fetchFn: fetch })
test('there are as many audits as are known', () => { assert.equal(audits.length, 61) })
for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn()
    assert.equal(result.status, 'ok', `${result.reason}: ${result.response ? await result.response.clone().text().catch(() => '') : ''}`)
  })
}
