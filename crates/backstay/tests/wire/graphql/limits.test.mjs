// Documents that attack: each is refused by name of the limit, at once, and the server stays as small as it was.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { blog } from './graphql.mjs'

// A debug build is some dozen times slower than what is shipped, for which the bound is 10 ms.
const MS_MAX = Number(process.env.BACKSTAY_ATTACK_MS ?? 250)
const GROWTH_BYTES_MAX = 64 * 1024 * 1024

let server
before(async () => { server = await blog({ BACKSTAY_SERVER__TIMING: 'true' }) })
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const repeat = (count, one) => Array.from({ length: count }, (_, i) => one(i)).join(' ')
const fanOut = count => `{...F0} ${repeat(count, i => `fragment F${i} on Query{...F${i + 1} ...F${i + 1}}`)} fragment F${count} on Query{__typename}`
const attacks = {
  aliases: [{ query: `{${repeat(60, i => `a${i}:posts{id}`)}}` }, /aliases/],
  'root fields': [{ query: `{${repeat(21, () => '...F')}} fragment F on Query{posts{id}}` }, /root fields/],
  depth: [{ query: `{posts${'{author{posts'.repeat(100)}{id}${'}}'.repeat(100)}}` }, /levels of (fields|nesting)/],
  'depth in inline fragments': [{ query: `{posts${'{...{author{...{posts'.repeat(20)}{id}${'}}}}'.repeat(20)}}` }, /levels of (fields|nesting)/],
  'nesting of nothing but brackets': [{ query: `{posts(where:${'{_not:'.repeat(400)}{}${'}'.repeat(400)}){id}}` }, /levels of nesting/],
  'lists in lists': [{ query: `{posts(where:${'['.repeat(900)}${']'.repeat(900)}){id}}` }, /levels of nesting/],
  'introspection depth': [{ query: `{__schema{types${'{fields{type{fields{name}}}}'.replace('name', 'type{fields{type{fields{type{name}}}}}')}}}` }, /introspection|levels/i],
  directives: [{ query: `{posts ${'@include(if:true) '.repeat(60)}{id}}` }, /directives/],
  tokens: [{ query: `{posts{${'id '.repeat(2_100)}}}` }, /tokens/],
  bytes: [{ query: `{posts{id}}#${'x'.repeat(70_000)}` }, /bytes of the document/],
  'fragment fan-out': [{ query: fanOut(60) }, /complexity|root fields/],
  'fragment cycles': [{ query: '{...A} fragment A on Query{...B} fragment B on Query{...A}' }, /within itself/],
  'a long chain of fragments': [{ query: `{...F0} ${repeat(180, i => `fragment F${i} on Query{...F${i + 1}}`)} fragment F180 on Query{__typename}` }, undefined],
  'lists in rows': [{ query: '{posts{comments{author{posts{comments{id}}}}}}' }, /complexity/],
  'a large limit': [{ query: 'query($n:Int){posts(limit:$n){id title likes body mood authorId}}', variables: { n: 1_000_000 } }, /complexity/],
  'a batch of dear ones': [Array.from({ length: 10 }, () => ({ query: '{posts(limit:900){id}}' })), /complexity/],
  'many in a batch': [Array.from({ length: 5_000 }, () => ({ query: '{__typename}' })), /requests in a batch/],
  'large variables': [{ query: 'query($t:String){posts(where:{title:{_eq:$t}}){id}}', variables: { t: 'x'.repeat(2_000_000) } }, /bytes of variables/],
  'many variables': [{ query: '{__typename}', variables: { a: Array.from({ length: 400_000 }, () => 0) } }, undefined],
  'deep variables': [{ query: 'query($w:posts_bool_exp){posts(where:$w){id}}', variables: JSON.parse(`{"w":${'{"_not":'.repeat(200)}{}${'}'.repeat(200)}}`) }, /nested too deeply|deep/],
  'a large field many times': [{ query: `{${repeat(19, i => `...G${i}`)}} ${repeat(19, i => `fragment G${i} on Query{posts{${'title '.repeat(50)}}}`)}` }, /complexity/],
  'fields that nearly clash': [{ query: `{${repeat(150, i => `posts(limit:1){id x${i % 50}:title}`)}}` }, /aliases|root fields/],
}

const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024

describe('attack documents', () => {
  for (const [name, [body, message]] of Object.entries(attacks)) {
    test(name, async () => {
      const text = JSON.stringify(body)
      const answers = []
      for (let i = 0; i < 3; i += 1) answers.push(await server.ask(text))
      const [{ status, json, text: shown }] = answers
      const first = Array.isArray(json) ? json.at(-1) : json
      assert.ok([200, 400].includes(status), `${status} ${shown.slice(0, 300)}`)
      if (message) {
        assert.match(first.errors[0].message, message)
        assert.ok(!first.data, shown.slice(0, 300))
      }
      const took = Math.min(...answers.map(answer => Number(/total;dur=([\d.]+)/.exec(answer.headers.get('server-timing'))[1])))
      assert.ok(took < MS_MAX, `took ${took} ms`)
    })
  }
  test('leave the server as small as it was', async () => {
    const all = Object.values(attacks).map(([body]) => JSON.stringify(body))
    for (const text of all) await server.ask(text)
    const before = resident()
    for (let i = 0; i < 5; i += 1) await Promise.all(all.map(text => server.ask(text)))
    const grown = resident() - before
    assert.ok(grown < GROWTH_BYTES_MAX, `grew by ${Math.round(grown / 1024)} KiB`)
    assert.deepEqual((await server.ask({ query: '{posts(limit:1){id}}' })).json, { data: { posts: [{ id: 1 }] } })
  })
  test('a body larger than the server takes', async () => {
    const answer = await server.ask(JSON.stringify({ query: '{__typename}', variables: { a: 'x'.repeat(11 * 1024 * 1024) } })).catch(error => error)
    assert.ok(answer instanceof Error || answer.status === 413)
  })
})
