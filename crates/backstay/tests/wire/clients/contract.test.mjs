// The data API's contract, row by row: what each request must be answered with, whoever sends it.
// A row is [method and path, status, what must come back, request options]. What must come back: an array or object is the
// JSON body; a text is the error's code; `{ text }`, `{ keys }`, `{ message }`, `{ details }` and `{ headers }` look at those.
// What docs/databases.md says is different on a database stands in the options, under `on`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { exact, send, start, store } from '../server.mjs'

let server

const MAKERS = [
  { id: 1, name: 'Acme', country: 'FR', since: '1990-01-02', boss_id: null },
  { id: 2, name: 'Bolt', country: 'DE', since: null, boss_id: 1 },
  { id: 3, name: 'Cog', country: null, since: '2001-12-31', boss_id: 1 },
]
const NONE = { code: null, qty: null, big: null, ratio: null, price: null, ok: null, uid: null, at: null, day: null, clock: null, raw: null, doc: null, tags: null, nums: null, size: null, maker_id: null }
// JSON.stringify knows no integers beyond 2^53, so that body is text.
const ITEMS = JSON.stringify([
  { id: 1, label: 'Alpha bolt', ...NONE, code: 'A1', qty: 10, big: 'BIG', ratio: 1.5, price: '10.50', ok: true, uid: 'AAAAAAAA-0000-4000-8000-000000000001', at: '2024-01-02T03:04:05.678Z', day: '2024-01-02', clock: '03:04:05', raw: '\\xdeadbeef', doc: { a: 1, b: { c: 'x', 'd-e': 5 }, l: [1, 2, { k: null }] }, tags: ['red', 'blue'], nums: [1, 2, 3], size: 'small', maker_id: 1 },
  { id: 2, label: 'beta nut', ...NONE, code: 'B2', qty: 20, big: '-9223372036854775808', ratio: -0.25, price: '2', ok: false, uid: 'aaaaaaaa-0000-4000-8000-000000000002', at: '2023-12-31T23:59:59Z', day: '1999-12-31', clock: '23:59:59.5', raw: '\\x', doc: { a: '1', b: null }, tags: ['red'], nums: [], size: 'large', maker_id: 1 },
  { id: 3, label: 'Gamma, "quoted" (x)', ...NONE, maker_id: 2 },
  { id: 4, label: 'delta_100%', ...NONE, code: 'D,4', qty: 20, big: 0, ratio: 0, price: '-3.999', doc: [1, 2], tags: [], nums: [10], size: 'medium' },
]).replace('"BIG"', '9007199254740993')
const SEED = [
  ['makers', MAKERS], ['items', ITEMS], ['manuals', [{ id: 1, pages: 12, item_id: 1 }, { id: 2, pages: 7, item_id: 4 }]],
  ['shops', [{ id: 1, city: 'Lyon' }, { id: 2, city: 'Ulm' }, { id: 3, city: 'Żary' }]],
  ['stock', [{ item_id: 1, shop_id: 1, amount: 5, note: null }, { item_id: 1, shop_id: 2, amount: 6, note: 'n' }, { item_id: 2, shop_id: 2, amount: 7, note: null }]],
  ['parcels', [{ id: 1, sender_id: 1, receiver_id: 2 }, { id: 2, sender_id: 1, receiver_id: null }, { id: 3, sender_id: 3, receiver_id: 1 }]],
  ['stickers', [{ text: 'hot', item_id: 1 }]], ['drafts', [{ id: 1, title: 'one' }, { id: 2, title: 'two' }]],
  ['archive', [{ id: 1, group: 'x' }, { id: 2, group: 'y' }, { id: 3, group: null }]],
  ['people', [{ id: '018f0000-0000-7000-8000-000000000001', first: 'Ada', last: 'L', age: 36 }]],
]

before(async () => {
  server = await start(new URL('../fixtures/contract.graphql', import.meta.url).pathname)
  for (const [table, rows] of SEED) {
    const answer = await send(server, server.service, 'POST', `/${table}`, { body: rows })
    assert.equal(answer.status, 201, `${table}: ${answer.text}`)
  }
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

const exchange = (method, path, options) => exact(server, method, path, options)
const isError = answer => assert.deepEqual(Object.keys(answer.json ?? {}), ['code', 'message', 'details', 'hint'], answer.text)

/** JSON whose parts have no blanks between them, which some databases write. */
const bare = text => text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')

async function check([request, status, usual, options = {}]) {
  const want = options.on?.[store] ?? usual
  const space = request.indexOf(' ')
  const [method, path] = [request.slice(0, space), request.slice(space + 1)]
  const answer = await exchange(method, path, options)
  const { headers } = answer
  assert.equal(answer.status, status, answer.text)
  assert.ok(headers.vary?.includes('Accept, Prefer, Range'), `Vary: ${headers.vary}`)
  if (status >= 300 && method !== 'HEAD') {
    isError(answer)
    assert.equal(headers['proxy-status'], `backstay; error=${answer.json.code}`)
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  }
  if (want === undefined) return
  if (typeof want === 'string') return assert.equal(answer.json?.code, want, answer.text)
  if (Array.isArray(want)) return assert.deepEqual(answer.json, want, answer.text)
  const { text, keys, json, code, message, details, hint, headers: wanted } = want
  if (![text, keys, json, code, message, details, hint, wanted].some(part => part !== undefined)) return assert.deepEqual(answer.json, want, answer.text)
  const written = store !== 'sqlite' && headers['content-type']?.includes('json') ? bare(answer.text) : answer.text
  if (text !== undefined) assert.equal(written, text)
  if (json !== undefined) assert.deepEqual(answer.json, json, answer.text)
  if (keys) assert.deepEqual(Object.keys([answer.json].flat()[0]), keys, answer.text)
  for (const [member, value] of Object.entries({ code, message, details, hint })) if (value !== undefined) assert.deepEqual(answer.json[member], value, answer.text)
  for (const [name, value] of Object.entries(wanted ?? {})) assert.equal(headers[name.toLowerCase()], value ?? undefined, `${name} of ${JSON.stringify(headers)}`)
}
const rows = (title, table) => describe(title, () => {
  for (const row of table) test(`${row[0].slice(0, 100)}${row[3] ? ` ${JSON.stringify(row[3]).slice(0, 90)}` : ''}`, () => check(row))
})
/** Ids of the items that a filter finds. */
const found = (title, table) => describe(title, () => {
  for (const [query, want] of table) test(query, async () => {
    const answer = await exchange('GET', `/items?select=id&${query}`)
    if (typeof want === 'string') {
      assert.deepEqual([answer.status, answer.json.code], [Number(want.split(' ')[0]), want.split(' ')[1]], answer.text)
      isError(answer)
    } else {
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(answer.json.map(row => row.id), want)
    }
  })
})
const as = accept => ({ headers: { Accept: accept } })
const OBJECT = 'application/vnd.pgrst.object+json', ARRAY = 'application/vnd.pgrst.array+json'

found('operators by type', [
  ['qty=eq.20', [2, 4]], ['qty=neq.20', [1]], ['qty=not.eq.20', [1]], ['qty=not.neq.20', [2, 4]], ['qty=gt.10', [2, 4]], ['qty=gte.10', [1, 2, 4]], ['qty=lt.20', [1]], ['qty=lte.-1', []],
  ['qty=eq.null', '400 22P02'], ['qty=eq.', '400 22P02'], ['qty=eq.1.5', '400 22P02'], ['qty=eq.99999999999', '400 22003'], ['qty=eq.+20', [2, 4]], ['qty=eq.%2020%20', [2, 4]],
  ['big=eq.9007199254740993', [1]], ['big=eq.9007199254740992', []], ['big=eq.-9223372036854775808', [2]], ['big=gt.9223372036854775808', '400 22003'], ['big=eq.x', '400 22P02'],
  ['ratio=eq.-0.25', [2]], ['ratio=gte.0', [1, 4]], ['ratio=lt.1e1', [1, 2, 4]], ['ratio=eq.abc', '400 22P02'], 
  ['price=eq.10.5', [1]], ['price=eq.2.00', [2]], ['price=gt.9', [1]], ['price=lt.0', [4]], ['price=in.(2.0,10.50)', [1, 2]], ['price=eq.x', '400 22P02'],
  ['ok=is.true', [1]], ['ok=is.false', [2]], ['ok=is.unknown', [3, 4]], ['ok=is.null', [3, 4]], ['ok=not.is.true', [2, 3, 4]], ['ok=is.not_null', [1, 2]], ['ok=not.is.null', [1, 2]], ['ok=is.TRUE', [1]], ['ok=is.NULL', [3, 4]],
  ['ok=eq.true', [1]], ['ok=eq.t', [1]], ['ok=eq.f', [2]], ['ok=eq.maybe', '400 22P02'], ['ok=is.nil', '400 PGRST100'], ['ok=neq.true', [2]],
  ['uid=eq.AAAAAAAA-0000-4000-8000-000000000002', [2]], ['uid=eq.nope', '400 22P02'], ['uid=gt.aaaaaaaa-0000-4000-8000-000000000001', [2]],
  ['at=gt.2024-01-01', [1]], ['at=eq.2024-01-02T04:04:05.678%2B01:00', [1]], ['at=lt.2024-01-01T00:00:00Z', [2]], ['at=eq.soon', '400 22007'], ['at=eq.2024-13-01', '400 22008'],
  ['day=eq.2024-01-02', [1]], ['day=lt.2000-01-01', [2]], ['day=eq.2023-02-30', '400 22008'], ['day=eq.x', '400 22007'], ['clock=gte.12:00', [2]], ['clock=eq.25:00', '400 22008'],
  ['raw=eq.\\xdeadbeef', [1]], ['raw=is.null', [3, 4]], ['size=eq.small', [1]], ['size=in.(small,large)', [1, 2]], ['size=eq.huge', '400 22P02'], ['size=is.null', [3]],
  ['code=eq.A1', [1]], ['code=eq.a1', []], ['code=eq.', []], ['code=neq.A1', [2, 4]], ['code=isdistinct.A1', [2, 3, 4]], ['code=not.isdistinct.A1', [1]], ['qty=isdistinct.20', [1, 3]],
  ['code=gt.B', [2, 4]], ['code=eq.null', []], ['label=is.true', '404 42883'],
])
found('lists', [
  ['id=in.(1,3)', [1, 3]], ['id=in.( 1 , 3 )', [1, 3]], ['id=not.in.(1,3)', [2, 4]], ['id=in.()', []], ['id=in.(%20%20)', []], ['id=not.in.()', [1, 2, 3, 4]], ['id=in.(,3)', '400 22P02'], ['id=in.(1', '400 PGRST100'], ['id=in.1', '400 PGRST100'],
  ['code=in.("D,4",A1)', [1, 4]], ['code=in.(D,4)', []], ['label=in.("Gamma, \\"quoted\\" (x)")', [3]], ['code=in.("a"b,A1)', [1]], ['code=not.in.(A1)', [2, 4]], ['code=in.("")', []],
])
found('patterns', [
  ['label=like.*bolt', [1]], ['label=like.%25bolt', [1]], ['label=like.alpha*', []], ['label=ilike.ALPHA*', [1]], ['label=ilike.*NUT', [2]], ['label=not.like.*a*', []], ['label=like.delta\\_100\\%25', [4]], ['label=like.delta_100_', [4]], ['label=like._eta*', [2]],
  ['label=match.^[A-G]', [1, 3]], ['label=imatch.^[a-g]', [1, 2, 3, 4]], ['label=not.match.^[A-G]', [2, 4]], ['label=match.(', '400 2201B'], ['label=match.(a)\\1', '400 2201B'], ['label=match.(?=a)', '400 2201B'], ['qty=like.1*', '404 42883'],
  ['label=like(any).{*bolt,*nut}', [1, 2]], ['label=like(all).{*l*,*bolt}', [1]], ['label=ilike(any).{ALPHA*,"gamma, *"}', [1, 3]], ['label=match(any).{^A,^b}', [1, 2]], ['label=imatch(all).{A,T,L}', [1, 4]],
  ['id=eq(any).{1,4}', [1, 4]], ['id=gt(all).{1,2}', [3, 4]], ['id=lt(any).{2,3}', [1, 2]], ['id=not.eq(any).{1,4}', [2, 3]], ['id=eq(any).{}', []], ['id=eq(all).{}', [1, 2, 3, 4]], ['id=eq(any).{1,NULL}', [1]], ['id=neq(any).{1}', '400 PGRST100'], ['id=eq(some).{1}', '400 PGRST100'], ['id=eq(any).1', '400 22P02'],
])
found('arrays and JSON', [
  ['tags=cs.{red}', [1, 2]], ['tags=cs.{red,blue}', [1]], ['tags=cs.{}', [1, 2, 4]], ['tags=cd.{red}', [2, 4]], ['tags=ov.{blue,green}', [1]], ['tags=ov.{}', []], ['tags=not.cs.{blue}', [2, 4]], ['tags=eq.{red}', [2]], ['tags=eq.{}', [4]], ['tags=cs.["red"]', '400 22P02'], ['tags=cs.red', '400 22P02'],
  ['nums=cs.{1,2}', [1]], ['nums=cs.{x}', '400 22P02'], ['nums=gt.{1,2}', [1, 4]], ['nums=lt.{1,2,4}', [1, 2]], ['nums=eq.{1,2,3}', [1]], ['nums->0=eq.1', [1]], ['nums->>-1=eq.3', [1]], ['nums->0=gt.1', [4]],
  ['doc->a=eq.1', [1]], ['doc->>a=eq.1', [1, 2]], ['doc->a=gt.0', [1]], ['doc->b->>c=eq.x', [1]], ['doc->b->d-e=eq.5', [1]], ['doc->l->0=eq.1', [1]], ['doc->l->-1->>k=is.null', [1, 2, 3, 4]], ['doc->0=eq.1', [4]], ['doc->>0=eq.1', [4]], ['doc->b=is.null', [3, 4]], ['doc->>b=is.null', [2, 3, 4]],
  ['doc=cs.{"a":1}', [1]], ['doc=cs.{"b":{"c":"x"}}', [1]], ['doc=cs.[2]', [4]], ['doc=cd.{"a":"1","b":null,"z":0}', [2]], ['doc=eq.{"b":null,"a":"1"}', [2]], ['doc=cs.{a}', '400 22P02'], ['doc->>a->b=eq.1', '404 42883'], ['doc->"a"=eq.1', [1]], ['doc->l=cs.[1]', [1]], ['label->a=eq.1', '404 42883'], ['qty->>a=eq.1', '404 42883'],
  ['doc=ov.{a}', '404 42883'], ['qty=cs.{1}', '404 42883'], ['qty=sl.(1,2)', '404 42883'], ['nums=adj.(1,2)', '404 42883'], ['tags=sr.x', '404 42883'], ['tags=nxr.x', '404 42883'], ['tags=nxl.x', '404 42883'],
])
found('full text', [
  ['label=fts.bolt', [1]], ['label=fts.bolts', [1]], ['label=plfts.alpha bolt', [1]], ['label=phfts.bolt alpha', []], ['label=phfts(english).alpha bolt', [1]], ['label=wfts.alpha or nut', [1, 2]], ['label=wfts.-alpha', [2, 3, 4]], ['label=fts.alpha|nut', [1, 2]], ['label=fts.alpha%26!bolt', []], ['label=not.fts.bolt', [2, 3, 4]], ['label=fts.al:*', [1]], ['label=fts.alpha <-> bolt', [1]],
  ['label=fts.', []], ['label=fts.%26', '400 42601'], ['label=fts.a b', '400 42601'], ['code=fts.A1', '400 PGRST127'], ['label=fts(simple', '400 PGRST100'],
])
found('logic and keys', [
  ['or=(id.eq.1,id.eq.4)', [1, 4]], ['and=(id.gt.1,id.lt.4)', [2, 3]], ['not.or=(id.eq.1,id.eq.4)', [2, 3]], ['not.and=(id.gt.1,id.lt.4)', [1, 4]], ['or=(and(id.eq.1,qty.eq.10),not.and(id.lt.4,id.gt.0))', [1, 4]], ['or=(id.not.eq.1,id.eq.1)', [1, 2, 3, 4]], ['or=(id.in.(1,2),code.eq."D,4")', [1, 2, 4]], ['or= (id.eq.1, id.eq.2)', [1, 2]],
  ['or=(tags.cs.{red,blue},id.eq.4)', [1, 4]], ['or=(doc->>a.eq.1,id.eq.3)', [1, 2, 3]], ['or=(label.like.*bolt,label.ilike.*NUT)', [1, 2]], ['or=(label.like(any).{*bolt,*nut},id.eq.3)', [1, 2, 3]], ['or=(qty.is.null,ok.is.true)', [1, 3]], ['or=(label.fts.bolt,id.eq.3)', [1, 3]], ['or=(not.and(id.lt.4,id.lt.4))', [4]], ['or=(code.isdistinct.A1)', [2, 3, 4]],
  ['or=()', '400 PGRST100'], ['or=(id.eq.1', '400 PGRST100'], ['or=id.eq.1', '400 PGRST100'], ['or=(id.1)', '400 PGRST100'], ['or=(id.eq.1)x', '400 PGRST100'], ['or=(nope.eq.1)', '400 42703'],
  ['id=gt.1&id=lt.3', [2]], ['id=eq.1&nokey', [1]], ['"id"=eq.1', [1]], ['id=1', '400 PGRST100'], ['id=', '400 PGRST100'], ['id=nope.1', '400 PGRST100'], ['id=eq', '400 PGRST100'], ['nope=eq.1', '400 42703'], ['code=eq.D,4', [4]], ['label=eq.Gamma,+"quoted"+(x)', [3]], ['qty::text=eq.1', '400 PGRST100'], ['%69d=eq.%31', [1]], ['id=not.not.eq.1', '400 PGRST100'],
])
found('order, limit, offset', [
  ['order=qty', [1, 2, 4, 3]], ['order=qty.desc', [3, 2, 4, 1]], ['order=qty.desc.nullslast', [2, 4, 1, 3]], ['order=qty.nullsfirst', [3, 1, 2, 4]], ['order=qty.desc,id.desc', [3, 4, 2, 1]], ['order=id.desc', [4, 3, 2, 1]], ['order=price', [4, 2, 1, 3]], ['order=big', [2, 4, 1, 3]], ['order=doc->>a.desc.nullslast', [1, 2, 3, 4]], ['order=doc->a', [2, 1, 3, 4]], ['order=nums.nullsfirst', [3, 2, 1, 4]], ['order=ok', [2, 1, 3, 4]], ['order=at.desc.nullslast', [1, 2, 3, 4]], ['order=label', [1, 3, 2, 4]], ['order=size.asc', [2, 4, 1, 3]],
  ['order=qty.up', '400 PGRST100'], ['order=qty.asc.nullsmiddle', '400 PGRST100'], ['order=nope', '400 42703'], ['order=qty,,id', '400 PGRST100'], ['order=', '400 PGRST100'],
  ['limit=2', [1, 2]], ['limit=2&offset=1', [2, 3]], ['offset=3', [4]], ['offset=9', []], ['limit=0', []], ['limit=x', [1, 2, 3, 4]], ['limit=1&limit=3', [1, 2, 3]], ['limit=-1', '416 PGRST103'], ['offset=-4&limit=2', '416 PGRST103'], ['offset=-1', [1, 2, 3, 4]], ['limit=99999999999999999999', [1, 2, 3, 4]],
])

const BLANKS = [{ l: [1, 2, { k: null }], t: '{"c": "x", "d-e": 5}', n: 1, m: 'blue' }]
rows('select', [
  ['GET /items?id=eq.1', 200, { keys: ['id', 'label', ...Object.keys(NONE)] }],
  ['GET /items?id=eq.1&select=', 200, { keys: ['id', 'label', ...Object.keys(NONE)] }],
  ['GET /items?id=eq.1&select=big,ratio,price', 200, { text: '[{"big":9007199254740993,"ratio":1.5,"price":10.50}]' }, { on: { mysql: { text: '[{"big":9007199254740993,"ratio":1.5,"price":10.5}]' } } }],
  ['GET /items?id=eq.1&select=ok,uid,at,day,clock,raw,size', 200, [{ ok: true, uid: 'aaaaaaaa-0000-4000-8000-000000000001', at: '2024-01-02T03:04:05.678+00:00', day: '2024-01-02', clock: '03:04:05', raw: '\\xdeadbeef', size: 'small' }]],
  ['GET /items?id=eq.2&select=at,clock,raw,tags,nums,doc', 200, [{ at: '2023-12-31T23:59:59+00:00', clock: '23:59:59.5', raw: '\\x', tags: ['red'], nums: [], doc: { a: '1', b: null } }]],
  ['GET /items?id=eq.1&select=x:label,id::text,price::text,q:qty::float8,ok::text', 200, [{ x: 'Alpha bolt', id: '1', price: '10.50', q: 10, ok: 'true' }], { on: { mysql: [{ x: 'Alpha bolt', id: '1', price: '10.5', q: 10, ok: 'true' }] } }],
  ['GET /items?id=eq.1&select=%20id%20,%20label%20', 200, [{ id: 1, label: 'Alpha bolt' }]],
  ['GET /items?id=eq.1&select=doc->a,doc->b->c,doc->b->>c,doc->l->0,doc->l->2->>k,z:doc->nope', 200, { text: '[{"a":1,"c":"x","c":"x","l":1,"k":null,"z":null}]' }],
  ['GET /items?id=eq.1&select=doc->l,t:doc->>b,n:nums->0,m:tags->>-1', 200, [{ l: [1, 2, { k: null }], t: '{"c":"x","d-e":5}', n: 1, m: 'blue' }], { on: { postgres: BLANKS, mysql: BLANKS } }],
  ['GET /items?id=eq.1&select=doc->a::text,c:doc->>a::int', 200, [{ a: '1', c: 1 }]],
  ['GET /items?id=eq.1&select=qty::nope', 400, '42704'], ['GET /items?id=eq.1&select=label::int', 400, '22P02'],
  ['GET /items?select=nope', 400, { code: '42703', message: 'column items.nope does not exist' }],
  ['GET /items?select=id,', 400, 'PGRST100'], ['GET /items?select=id(', 400, 'PGRST100'], ['GET /items?select=(', 400, 'PGRST100'], ['GET /items?select=a:b:c', 400, 'PGRST100'],
  ['GET /items?select=id&select=label&id=eq.1', 200, [{ id: 1 }]], ['GET /items?id=eq.1&select=id,*&limit=1', 200, { keys: ['id', 'label', ...Object.keys(NONE)] }],
  ['GET /archive?select=group&id=eq.1', 200, [{ group: 'x' }]], ['GET /archive?group=eq.x&select=id', 200, [{ id: 1 }]], ['GET /archive?order=group.desc&select=id', 200, [{ id: 3 }, { id: 2 }]],
  ['GET /archive?select=id', 200, { json: [{ id: 1 }, { id: 2 }], headers: { 'Content-Range': '0-1/*' } }], ['GET /archive?select=id&limit=9', 200, [{ id: 1 }, { id: 2 }]], ['GET /archive?select=id&limit=1&offset=2', 200, [{ id: 3 }]],
  ['GET /archive?select=id', 206, { headers: { 'Content-Range': '0-1/3' } }, { prefer: 'count=exact' }],
  ['GET /shops?select=id,city&city=eq.%C5%BBary', 200, [{ id: 3, city: 'Żary' }]],
  ['GET /people?select=whole,first,last', 200, [{ whole: 'Ada L', first: 'Ada', last: 'L' }]], ['GET /people?select=first&whole=eq.Ada%20L', 200, [{ first: 'Ada' }]], ['GET /people?select=first&order=whole', 200, [{ first: 'Ada' }]],
  ['GET /stickers', 200, [{ text: 'hot', item_id: 1 }]], ['GET /stickers?select=_key', 401, '42501'], ['GET /stickers?_key=not.is.null', 401, '42501'], ['GET /stickers?order=_key', 401, '42501'],
])
rows('aggregates', [
  ['GET /items?select=count()', 200, [{ count: 4 }]], ['GET /items?select=count', 200, [{ count: 4 }]],   ['GET /items?select=qty.count(),n:qty.sum(),qty.min(),qty.max()', 200, [{ count: 3, n: 50, min: 10, max: 20 }]], ['GET /items?select=qty,count()&order=qty', 200, [{ qty: 10, count: 1 }, { qty: 20, count: 2 }, { qty: null, count: 1 }]],
  ['GET /items?select=price.sum(),price.avg()&id=in.(1,2)', 200, [{ sum: 12.5, avg: 6.25 }]], ['GET /items?select=ratio.sum()', 200, [{ sum: 1.25 }]], ['GET /items?select=big.max()', 200, { text: '[{"max":9007199254740993}]' }],
  ['GET /items?select=count(),qty.sum(),qty.avg(),qty.max()&id=eq.99', 200, [{ count: 0, sum: null, avg: null, max: null }]], ['GET /items?select=qty,count()&id=eq.99', 200, []],
  ['GET /items?select=doc->a.count()', 200, [{ count: 2 }]], ['GET /items?select=s:qty.sum()::text', 200, [{ s: '50' }]], ['GET /items?select=label.sum()', 404, '42883'], ['GET /items?select=label.max()', 200, [{ max: 'delta_100%' }]], ['GET /items?select=at.max()', 200, [{ max: '2024-01-02T03:04:05.678+00:00' }]], ['GET /items?select=price.max(),price.min()', 200, [{ max: 10.5, min: -3.999 }]],
  ['GET /items?select=label.nope()', 400, 'PGRST100'], ['GET /items?select=doc->>a::int.sum()', 200, [{ sum: 2 }]], ['GET /items?select=count()::text', 200, [{ count: '4' }]], ['GET /items?select=c:count()', 200, [{ c: 4 }]], ['GET /items?select=ok,count()&order=ok.desc.nullslast', 200, [{ ok: true, count: 1 }, { ok: false, count: 1 }, { ok: null, count: 2 }]],
  ['GET /makers?select=name,items(count)', 200, [{ name: 'Acme', items: [{ count: 2 }] }, { name: 'Bolt', items: [{ count: 1 }] }, { name: 'Cog', items: [{ count: 0 }] }]],
  ['GET /makers?select=name,items(qty.sum(),count())&id=lt.3', 200, [{ name: 'Acme', items: [{ sum: 30, count: 2 }] }, { name: 'Bolt', items: [{ sum: null, count: 1 }] }]],
  ['GET /items?select=count(),makers(name)&id=lt.4', 200, [{ count: 2, makers: { name: 'Acme' } }, { count: 1, makers: { name: 'Bolt' } }]],
  ['GET /items?select=qty.sum(),...makers(name)&id=lt.3', 200, [{ sum: 30, name: 'Acme' }]], ['GET /stock?select=shop_id,...items(qty.sum())&order=shop_id', 200, [{ shop_id: 1, sum: 10 }, { shop_id: 2, sum: 30 }]], ['GET /makers?select=name,...items(qty.sum())', 400, 'PGRST127'],
  ['GET /items?select=size,count()&order=count.desc', 400, '42703'], ['GET /items?select=count()', 206, { json: [{ count: 4 }], headers: { 'Content-Range': '0-0/4' } }, { prefer: 'count=exact' }],
])
rows('embeds', [
  ['GET /items?select=id,makers(name)&id=lte.3', 200, [{ id: 1, makers: { name: 'Acme' } }, { id: 2, makers: { name: 'Acme' } }, { id: 3, makers: { name: 'Bolt' } }]],
  ['GET /items?select=id,makers(name)&id=eq.4', 200, [{ id: 4, makers: null }]], ['GET /items?select=id,m:makers(name)&id=eq.1', 200, [{ id: 1, m: { name: 'Acme' } }]],
  ['GET /items?select=id,maker_id(name)&id=eq.1', 200, [{ id: 1, maker_id: { name: 'Acme' } }]], ['GET /items?select=id,items_maker_id_fkey(name)&id=eq.1', 200, [{ id: 1, items_maker_id_fkey: { name: 'Acme' } }]], ['GET /items?select=id,maker(name)&id=eq.1', 200, [{ id: 1, maker: { name: 'Acme' } }]],
  ['GET /items?select=id,makers!maker_id(name)&id=eq.1', 200, [{ id: 1, makers: { name: 'Acme' } }]], ['GET /items?select=id,makers!items_maker_id_fkey(name)&id=eq.1', 200, [{ id: 1, makers: { name: 'Acme' } }]], ['GET /items?select=id,makers!nope(name)', 400, 'PGRST200'],
  ['GET /items?select=maker_id,maker_id(name)&id=eq.1', 200, [{ maker_id: { name: 'Acme' } }]],
  ['GET /makers?select=id,items(id)', 200, [{ id: 1, items: [{ id: 1 }, { id: 2 }] }, { id: 2, items: [{ id: 3 }] }, { id: 3, items: [] }]],
  ['GET /items?select=id,manuals(pages)', 200, [{ id: 1, manuals: { pages: 12 } }, { id: 2, manuals: null }, { id: 3, manuals: null }, { id: 4, manuals: { pages: 7 } }]], ['GET /manuals?select=items(id)', 200, [{ items: { id: 1 } }, { items: { id: 4 } }]],
  ['GET /items?select=id,shops(city)&id=lte.3', 200, [{ id: 1, shops: [{ city: 'Lyon' }, { city: 'Ulm' }] }, { id: 2, shops: [{ city: 'Ulm' }] }, { id: 3, shops: [] }]], ['GET /shops?select=city,items!stock(id)&id=lt.3', 200, [{ city: 'Lyon', items: [{ id: 1 }] }, { city: 'Ulm', items: [{ id: 1 }, { id: 2 }] }]],
  ['GET /shops?select=city,stock(amount,items(id,makers(name)))&id=eq.1', 200, [{ city: 'Lyon', stock: [{ amount: 5, items: { id: 1, makers: { name: 'Acme' } } }] }]],
  ['GET /makers?select=id,makers(id)&id=eq.1', 200, [{ id: 1, makers: [{ id: 2 }, { id: 3 }] }]], ['GET /makers?select=id,boss_id(id)&id=gt.1', 200, [{ id: 2, boss_id: { id: 1 } }, { id: 3, boss_id: { id: 1 } }]], ['GET /makers?select=id,b:boss_id(id)&id=eq.2', 200, [{ id: 2, b: { id: 1 } }]], ['GET /makers?select=id,makers!boss_id(id)&id=eq.1', 200, [{ id: 1, makers: [{ id: 2 }, { id: 3 }] }]], ['GET /makers?select=id,makers!makers_boss_id_fkey(id)&id=eq.1', 400, 'PGRST200'],
  ['GET /parcels?select=id,makers(name)', 300, { code: 'PGRST201', message: "Could not embed because more than one relationship was found for 'parcels' and 'makers'", details: [
    { cardinality: 'many-to-one', embedding: 'parcels with makers', relationship: 'parcels_sender_id_fkey using parcels(sender_id) and makers(id)' },
    { cardinality: 'many-to-one', embedding: 'parcels with makers', relationship: 'to_whom using parcels(receiver_id) and makers(id)' }],
    hint: "Try changing 'makers' to one of the following: 'makers!parcels_sender_id_fkey', 'makers!to_whom'. Find the desired relationship in the 'details' key." }],
  ['GET /makers?select=id,parcels(id)', 300, 'PGRST201'], ['GET /parcels?select=id,to_whom(name)&id=eq.1', 200, [{ id: 1, to_whom: { name: 'Bolt' } }]], ['GET /parcels?select=id,makers!to_whom(name)&id=eq.1', 200, [{ id: 1, makers: { name: 'Bolt' } }]], ['GET /parcels?select=s:sender_id(name),r:receiver_id(name)&id=eq.1', 200, [{ s: { name: 'Acme' }, r: { name: 'Bolt' } }]], ['GET /makers?select=id,sent:parcels!sender_id(id),got:parcels!receiver_id(id)&id=eq.1', 200, [{ id: 1, sent: [{ id: 1 }, { id: 2 }], got: [{ id: 3 }] }]],
  ['GET /items?select=id,nope(*)', 400, { code: 'PGRST200', message: "Could not find a relationship between 'items' and 'nope' in the schema cache", details: "Searched for a foreign key relationship between 'items' and 'nope' in the schema 'public', but no matches were found." }], ['GET /items?select=id,maker(id)&maker.name=eq.Bolt&id=gt.1', 200, [{ id: 2, maker: null }, { id: 3, maker: { id: 2 } }, { id: 4, maker: null }]], ['GET /items?select=id,people(*)', 400, 'PGRST200'],
  ['GET /items?select=id,makers!inner(name)&makers.name=eq.Bolt', 200, [{ id: 3, makers: { name: 'Bolt' } }]], ['GET /items?select=id,makers!left(name)&makers.name=eq.Bolt&id=gt.2', 200, [{ id: 3, makers: { name: 'Bolt' } }, { id: 4, makers: null }]], ['GET /items?select=id,makers!maker_id!inner(name)&id=gt.2', 200, [{ id: 3, makers: { name: 'Bolt' } }]],
  ['GET /makers?select=id,items!inner(id)&items.qty=eq.20', 200, [{ id: 1, items: [{ id: 2 }] }]], ['GET /makers?select=id,items(id)&items.qty=eq.20&id=eq.1', 200, [{ id: 1, items: [{ id: 2 }] }]], ['GET /makers?select=id,items()&items.qty=eq.20&items=not.is.null', 200, [{ id: 1 }]], ['GET /makers?select=id,items()&items=is.null', 200, [{ id: 3 }]], ['GET /makers?select=id,items!inner()', 200, [{ id: 1 }, { id: 2 }]], ['GET /makers?select=id,items()&or=(items.is.null,id.eq.1)', 200, [{ id: 1 }, { id: 3 }]], ['GET /makers?select=id,items()&items=eq.1', 400, '42703'],
  ['GET /makers?select=id,items(id)&items.or=(id.eq.1,qty.eq.20)&id=eq.1', 200, [{ id: 1, items: [{ id: 1 }, { id: 2 }] }]], ['GET /makers?select=id,items(id)&items.not.or=(id.eq.1,id.eq.3)&id=eq.1', 200, [{ id: 1, items: [{ id: 2 }] }]], ['GET /makers?select=id,items(id)&items.and=(id.gt.0,id.lt.2)&id=eq.1', 200, [{ id: 1, items: [{ id: 1 }] }]],
  ['GET /makers?select=id,items(id)&items.order=id.desc&id=eq.1', 200, [{ id: 1, items: [{ id: 2 }, { id: 1 }] }]], ['GET /makers?select=id,items(id)&items.order=id.desc&items.limit=1&id=lt.3', 200, [{ id: 1, items: [{ id: 2 }] }, { id: 2, items: [{ id: 3 }] }]], ['GET /makers?select=id,items(id)&items.offset=1&id=eq.1', 200, [{ id: 1, items: [{ id: 2 }] }]], ['GET /makers?select=id,items(id)&items.limit=0&id=eq.1', 200, [{ id: 1, items: [] }]], ['GET /makers?select=id,i:items(id)&i.limit=1&id=eq.1', 200, [{ id: 1, i: [{ id: 1 }] }]],
  ['GET /shops?select=id,stock(items(id,shops(id)))&stock.items.shops.id=eq.2&id=eq.1', 200, [{ id: 1, stock: [{ items: { id: 1, shops: [{ id: 2 }] } }] }]], ['GET /shops?select=id,stock(items(shops(id)))&stock.items.shops.order=id.desc&stock.items.shops.limit=1&id=eq.1', 200, [{ id: 1, stock: [{ items: { shops: [{ id: 2 }] } }] }]],
  ['GET /makers?select=id&items.id=eq.1', 400, { code: 'PGRST108', message: "'items' is not an embedded resource in this request", hint: "Verify that 'items' is included in the 'select' query parameter." }], ['GET /makers?select=id&items.order=id', 400, 'PGRST108'], ['GET /makers?select=id&items.limit=1', 400, 'PGRST108'], ['GET /makers?select=id&items.or=(id.eq.1)', 400, 'PGRST108'],
  ['GET /makers?select=id,i:items(id)&items.id=eq.1&id=eq.1', 200, { json: [{ id: 1, i: [{ id: 1 }] }] }],
  ['GET /items?select=id,makers(name)&order=makers(name),id.desc', 200, [{ id: 2, makers: { name: 'Acme' } }, { id: 1, makers: { name: 'Acme' } }, { id: 3, makers: { name: 'Bolt' } }, { id: 4, makers: null }]], ['GET /items?select=id&order=makers(name)', 400, 'PGRST108'], ['GET /makers?select=id,items(id)&order=items(id)', 400, { code: 'PGRST118', message: "A related order on 'items' is not possible", details: "'makers' and 'items' do not form a many-to-one or one-to-one relationship" }],
  ['GET /items?select=id,makers()&order=makers(name).desc.nullslast,id.desc', 200, [{ id: 3 }, { id: 2 }, { id: 1 }, { id: 4 }]], ['GET /shops?select=id,stock(item_id,items())&stock.order=items(label).desc&id=eq.2', 200, [{ id: 2, stock: [{ item_id: 2 }, { item_id: 1 }] }]],
  ['GET /items?select=id,...makers(name,since)&id=gte.3', 200, [{ id: 3, name: 'Bolt', since: null }, { id: 4, name: null, since: null }]], ['GET /items?select=id,...makers(m:name)&id=eq.1', 200, [{ id: 1, m: 'Acme' }]], ['GET /manuals?select=id,...items(i:id,...makers(m:name))', 200, [{ id: 1, i: 1, m: 'Acme' }, { id: 2, i: 4, m: null }]], ['GET /items?select=id,...makers!inner(name)&makers.name=eq.Bolt', 200, [{ id: 3, name: 'Bolt' }]],
  ['GET /makers?select=id,...items(ids:id,codes:code)', 200, [{ id: 1, ids: [1, 2], codes: ['A1', 'B2'] }, { id: 2, ids: [3], codes: [null] }, { id: 3, ids: [], codes: [] }]], ['GET /makers?select=id,...items(ids:id)&items.order=id.desc&id=eq.1', 200, [{ id: 1, ids: [2, 1] }]], ['GET /makers?select=id,...items()&id=eq.1', 200, [{ id: 1 }]], ['GET /makers?select=id,x:...items(id)', 400, 'PGRST100'], ['GET /makers?select=name,...items(id,manuals(pages))&id=eq.1', 200, [{ name: 'Acme', id: [1, 2], manuals: [{ pages: 12 }, null] }]],
  ['GET /stickers?select=text,items(id)', 200, [{ text: 'hot', items: { id: 1 } }]], ['GET /items?select=id,stickers(text)&id=eq.1', 200, [{ id: 1, stickers: [{ text: 'hot' }] }]],
  ['GET /items?select=id,makers(name),c:makers(country)&id=eq.1', 200, [{ id: 1, makers: { name: 'Acme' }, c: { country: 'FR' } }]], ['GET /items?select=id,makers(nope)', 400, { code: '42703', message: 'column makers_1.nope does not exist' }], ['GET /items?select=id,makers(name&id=eq.1', 400, 'PGRST100'],
  ['GET /items?select=id,internals(*)', 400, 'PGRST200'],
])
rows('ranges and counts', [
  ['GET /items?select=id', 200, { headers: { 'Content-Range': '0-3/*', 'Preference-Applied': null } }], ['GET /items?select=id', 200, { headers: { 'Content-Range': '0-3/4', 'Preference-Applied': 'count=exact' } }, { prefer: 'count=exact' }], ['GET /items?select=id&limit=2', 206, { headers: { 'Content-Range': '0-1/4' } }, { prefer: 'count=exact' }], ['GET /items?select=id&limit=2', 200, { headers: { 'Content-Range': '0-1/*' } }],
  ['GET /items?select=id&limit=2', 206, { headers: { 'Content-Range': '0-1/4', 'Preference-Applied': 'count=planned' } }, { prefer: 'count=planned' }], ['GET /items?select=id&offset=3', 206, { headers: { 'Content-Range': '3-3/4', 'Preference-Applied': 'count=estimated' } }, { prefer: 'count=estimated' }],
  ['GET /items?select=id&id=eq.99', 200, { json: [], headers: { 'Content-Range': '*/*' } }], ['GET /items?select=id&id=eq.99', 200, { headers: { 'Content-Range': '*/0' } }, { prefer: 'count=exact' }], ['GET /items?select=id&offset=4', 206, { json: [], headers: { 'Content-Range': '*/4' } }, { prefer: 'count=exact' }], ['GET /items?select=id&limit=0', 206, { json: [], headers: { 'Content-Range': '*/4' } }, { prefer: 'count=exact' }], ['GET /items?select=id&offset=9', 416, { code: 'PGRST103', message: 'Requested range not satisfiable', details: 'An offset of 9 was requested, but there are only 4 rows.', headers: { 'Content-Range': '*/4' } }, { prefer: 'count=exact' }],
  ['GET /items?select=id&offset=-1&limit=1', 200, { json: [], headers: { 'Content-Range': '*/*' } }],
  ['GET /items?select=id', 200, { json: [{ id: 2 }, { id: 3 }], headers: { 'Content-Range': '1-2/*' } }, { headers: { Range: '1-2' } }], ['GET /items?select=id', 200, { json: [{ id: 4 }] }, { headers: { Range: '3-', 'Range-Unit': 'items' } }], ['GET /items?select=id', 206, { headers: { 'Content-Range': '0-0/4' } }, { headers: { Range: '0-0' }, prefer: 'count=exact' }], ['GET /items?select=id', 416, { code: 'PGRST103', details: 'The lower boundary must be lower than or equal to the upper boundary in the Range header.' }, { headers: { Range: '2-1' } }], ['GET /items?select=id', 200, { headers: { 'Content-Range': '0-3/*' } }, { headers: { Range: 'rows=1' } }], ['GET /items?select=id&limit=2', 200, { json: [{ id: 2 }] }, { headers: { Range: '1-3' } }], ['GET /items?select=id', 200, [], { headers: { Range: '9-10' } }],
  ['HEAD /items?select=id&limit=2', 206, { text: '', headers: { 'Content-Range': '0-1/4', 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': null } }, { prefer: 'count=exact' }], ['HEAD /nope', 404, { text: '', headers: { 'Proxy-Status': 'backstay; error=PGRST205' } }], ['HEAD /items?select=nope', 400, { text: '', headers: { 'Proxy-Status': 'backstay; error=42703' } }], ['HEAD /items', 406, { headers: { 'Proxy-Status': 'backstay; error=PGRST116' } }, as(OBJECT)],
])
rows('media types', [
  ['GET /shops?id=eq.1', 200, { text: '[{"id":1,"city":"Lyon"}]', headers: { 'Content-Type': 'application/json; charset=utf-8' } }, as('*/*')], ['GET /shops?id=eq.1', 200, { headers: { 'Content-Type': 'application/json; charset=utf-8' } }, as(ARRAY)], ['GET /shops?id=eq.1', 200, { text: '{"id":1,"city":"Lyon"}', headers: { 'Content-Type': `${OBJECT}; charset=utf-8`, 'Content-Range': '0-0/*' } }, as(OBJECT)], ['GET /shops?id=eq.1', 200, { id: 1, city: 'Lyon' }, as('application/vnd.pgrst.object')],
  ['GET /shops', 406, { code: 'PGRST116', message: 'Cannot coerce the result to a single JSON object', details: 'The result contains 3 rows' }, as(OBJECT)], ['GET /shops?id=eq.9', 406, { details: 'The result contains 0 rows' }, as(OBJECT)], ['GET /shops?limit=1', 200, { id: 1, city: 'Lyon' }, as(OBJECT)],
  ['GET /makers?id=eq.2', 200, { json: [{ id: 2, name: 'Bolt', country: 'DE', boss_id: 1 }], headers: { 'Content-Type': `${ARRAY};nulls=stripped; charset=utf-8` } }, as(`${ARRAY};nulls=stripped`)], ['GET /makers?id=eq.2', 200, { json: { id: 2, name: 'Bolt', country: 'DE', boss_id: 1 }, headers: { 'Content-Type': `${OBJECT};nulls=stripped; charset=utf-8` } }, as(`${OBJECT};nulls=stripped`)], ['GET /makers?id=eq.2', 200, [{ id: 2, name: 'Bolt', country: 'DE', boss_id: 1 }], as('application/vnd.pgrst.array;nulls=stripped')], ['GET /items?select=doc,makers(name,since)&id=eq.3', 200, [{ makers: { name: 'Bolt' } }], as(`${ARRAY};nulls=stripped`)], ['GET /items?select=doc&id=eq.2', 200, [{ doc: { a: '1' } }], as(`${ARRAY};nulls=stripped`)],
  ['GET /makers?select=id,name,country,since', 200, { text: 'id,name,country,since\n1,Acme,FR,1990-01-02\n2,Bolt,DE,\n3,Cog,,2001-12-31', headers: { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Range': '0-2/*' } }, as('text/csv')], ['GET /items?select=label,ok,raw,tags,nums&id=in.(1,3)', 200, { text: 'label,ok,raw,tags,nums\n"Alpha bolt",t,"\\\\xdeadbeef","{red,blue}","{1,2,3}"\n"Gamma, ""quoted"" (x)",,,,' }, as('text/csv')], ['GET /makers?id=eq.9&select=id,name', 200, { text: 'id,name' }, as('text/csv')], ['GET /items?select=id,x:label&id=eq.2', 200, { text: 'id,x\n2,"beta nut"' }, as('text/csv')],
  ['GET /shops', 406, { code: 'PGRST107', message: 'None of these media types are available: text/html' }, as('text/html')], ['GET /shops', 406, 'PGRST107', as('application/geo+json')], ['GET /shops', 406, 'PGRST107', as('application/vnd.pgrst.plan+json')], ['GET /shops', 406, 'PGRST107', as('application/*')], ['GET /shops', 406, 'PGRST107', as('application/openapi+json')], ['GET /shops', 406, 'PGRST107', as('junk')],
  ['GET /shops?id=eq.1', 200, { headers: { 'Content-Type': 'text/csv; charset=utf-8' } }, as('text/html, text/csv;q=0.9, */*;q=0.1')], ['GET /shops?id=eq.1', 200, { headers: { 'Content-Type': 'application/json; charset=utf-8' } }, as('text/csv;q=0.1, application/json')], ['GET /shops?id=eq.1', 200, { headers: { 'Content-Type': 'application/json; charset=utf-8' } }, as('application/json;version=1')],
  ['GET /shops?id=eq.1', 200, { headers: { 'Content-Profile': 'public' } }, { headers: { 'Accept-Profile': 'public' } }], ['GET /shops?id=eq.1', 200, { headers: { 'Content-Profile': null } }], ['GET /shops', 406, { code: 'PGRST106', message: 'Invalid schema: secret' }, { headers: { 'Accept-Profile': 'secret' } }], ['POST /shops', 406, 'PGRST106', { body: { city: 'x' }, headers: { 'Content-Profile': 'secret' } }], ['POST /shops', 201, undefined, { body: { city: 'x' }, headers: { 'Accept-Profile': 'secret', 'Content-Profile': 'public' } }], ['GET /shops?id=eq.1', 200, undefined, { headers: { 'Content-Profile': 'secret' } }],
])
const REP = 'return=representation'
rows('insert', [
  ['POST /shops', 201, { text: '', headers: { 'Content-Range': '*/*', Location: null, 'Preference-Applied': 'tx=rollback' } }, { body: { city: 'x' } }], ['POST /shops', 201, { json: [{ id: 9, city: 'x' }], headers: { 'Preference-Applied': 'return=representation, tx=rollback', 'Content-Range': '*/*' } }, { body: { id: 9, city: 'x' }, prefer: REP }], ['POST /shops', 201, { headers: { 'Preference-Applied': 'return=minimal, count=exact, tx=rollback', 'Content-Range': '*/2' } }, { body: [{ city: 'x' }, { city: 'y' }], prefer: 'count=exact,return=minimal' }],
  ['POST /shops', 201, { text: '', headers: { Location: '/shops?id=eq.77' } }, { body: { id: 77, city: 'x' }, prefer: 'return=headers-only' }], ['POST /stock', 201, { headers: { Location: '/stock?item_id=eq.4&shop_id=eq.3' } }, { body: { item_id: 4, shop_id: 3 }, prefer: 'return=headers-only' }], ['POST /stickers', 201, { headers: { Location: null } }, { body: { text: 'x' }, prefer: 'return=headers-only' }], ['POST /shops', 201, { headers: { Location: null } }, { body: [{ city: 'x' }, { city: 'y' }], prefer: 'return=headers-only' }],
  ['POST /shops?select=city', 201, [{ city: 'x' }, { city: 'y' }], { body: [{ city: 'x' }, { city: 'y' }], prefer: REP }], ['POST /items?select=label,makers(name)', 201, [{ label: 'n', makers: { name: 'Cog' } }], { body: { label: 'n', maker_id: 3 }, prefer: REP }], ['POST /shops?select=city', 201, { json: { city: 'x' }, headers: { 'Content-Type': `${OBJECT}; charset=utf-8` } }, { body: { city: 'x' }, prefer: REP, ...as(OBJECT) }], ['POST /shops', 406, { code: 'PGRST116', details: 'The result contains 2 rows' }, { body: [{ city: 'x' }, { city: 'y' }], ...as(OBJECT), keep: true }],
  ['POST /shops?select=city', 201, { text: 'city\nx', headers: { 'Content-Type': 'text/csv; charset=utf-8' } }, { body: { city: 'x' }, prefer: REP, ...as('text/csv') }],
  ['POST /shops', 201, [], { body: [], prefer: REP }], ['POST /shops', 201, { text: '' }, { body: [] }], ['POST /shops', 200, [], { body: [], prefer: `${REP},resolution=merge-duplicates` }], ['POST /shops', 400, '23502', { body: {} }], ['POST /stickers', 201, [{ text: null, item_id: null }], { body: {}, prefer: REP }], ['POST /stickers', 201, [{ text: null, item_id: null }, { text: null, item_id: null }], { body: [{}, {}], prefer: REP }], ['POST /shops', 201, [], { body: '"x"', prefer: REP }], ['POST /shops', 201, [], { body: '7', prefer: REP }],
  ['POST /shops', 400, { code: 'PGRST102', message: 'All object keys must match' }, { body: [{ city: 'x' }, { id: 9 }] }], ['POST /shops', 400, { code: 'PGRST102', message: 'All object keys must match' }, { body: [{ city: 'x' }, { city: 'y', id: 9 }] }], ['POST /shops', 400, { code: 'PGRST102', message: 'All object keys must match' }, { body: [1, 2] }], ['POST /shops', 400, { code: 'PGRST102', message: 'Empty or invalid json' }, { body: '' }], ['POST /shops', 400, { code: 'PGRST102', message: 'Empty or invalid json' }, { body: '{"city":' }], ['POST /shops', 400, 'PGRST102', { body: '{"city":"x"} x' }], ['POST /shops', 400, { code: 'PGRST102', message: 'Empty or invalid json' }, {}],
  ['POST /shops', 400, { code: 'PGRST204', message: "Could not find the 'town' column of 'shops' in the schema cache" }, { body: { town: 'x' } }], ['POST /shops?columns=city,town', 400, 'PGRST204', { body: { city: 'x' } }], ['POST /shops?columns=', 400, 'PGRST100', { body: { city: 'x' } }], ['POST /shops?columns="city"&select=city', 201, [{ city: 'x' }], { body: { city: 'x', junk: 1 }, prefer: REP }], ['POST /items?columns=label,qty&select=label,qty', 201, [{ label: 'a', qty: null }, { label: 'b', qty: 4 }], { body: [{ label: 'a' }, { qty: 4, label: 'b', zzz: 1 }], prefer: REP }], ['POST /stock?columns=item_id,shop_id,amount', 400, '23502', { body: [{ item_id: 3, shop_id: 1 }] }], ['POST /stock?columns=item_id,shop_id,amount&select=amount', 201, { json: [{ amount: 1 }], headers: { 'Preference-Applied': 'missing=default, return=representation, tx=rollback' } }, { body: [{ item_id: 3, shop_id: 1 }], prefer: `missing=default,${REP}` }], ['POST /shops?columns=city', 400, 'PGRST102', { body: [1] }],
  ['POST /nope', 404, { code: 'PGRST205', message: "Could not find the table 'public.nope' in the schema cache" }, { body: { a: 1 } }], ['POST /nope?columns=zz', 404, 'PGRST205', { body: { a: 1 } }], ['POST /internals', 404, 'PGRST205', { body: {} }],
  ['POST /shops', 400, { code: '23502', message: 'null value in column "city" of relation "shops" violates not-null constraint' }, { body: { id: 9, city: null } }], ['POST /makers', 409, { code: '23505', message: 'duplicate key value violates unique constraint "makers_name_key"', details: 'Key (name)=(Acme) already exists.' }, { body: { name: 'Acme' } }], ['POST /makers', 409, { code: '23505', message: 'duplicate key value violates unique constraint "makers_pkey"', details: 'Key (id)=(1) already exists.' }, { body: { id: 1, name: 'x' } }], ['POST /stock', 409, { code: '23505', details: 'Key (item_id, shop_id)=(1, 1) already exists.' }, { body: { item_id: 1, shop_id: 1 } }], ['POST /items', 409, { code: '23503', message: 'insert or update on table "items" violates foreign key constraint "items_maker_id_fkey"', details: 'Key (maker_id)=(99) is not present in table "makers".' }, { body: { label: 'x', maker_id: 99 } }], ['POST /manuals', 400, { code: '23514', message: 'new row for relation "manuals" violates check constraint "manuals_pages_check"' }, { body: { pages: 0, item_id: 2 } }], ['POST /items', 400, '23514', { body: { label: '' } }], ['POST /items', 400, '23514', { body: { label: 'x'.repeat(41) } }], ['POST /people', 400, '23514', { body: { first: 'x', age: 200 } }], ['POST /people', 400, '23514', { body: { first: 'x', mail: 'nope' } }], ['POST /people', 400, '23514', { body: { first: 'x', login: 'UP' } }],
  ['POST /people', 400, '428C9', { body: { first: 'x', whole: 'x' } }], ['POST /people?select=first,last,whole,age', 201, [{ first: 'Al', last: 'Doe', whole: 'Al Doe', age: null }], { body: { first: 'Al' }, prefer: REP }],
  ['POST /items', 400, '22P02', { body: { label: 'x', qty: 'abc' } }], ['POST /items', 400, '22003', { body: { label: 'x', qty: 2147483648 } }], ['POST /items', 400, '22003', { body: '{"label":"x","big":9223372036854775808}' }], ['POST /items?select=qty,big', 201, [{ qty: 5, big: 7 }], { body: { label: 'x', qty: '5', big: '7' }, prefer: REP }], ['POST /items', 400, '22P02', { body: { label: 'x', ok: 'perhaps' } }], ['POST /items', 400, '22007', { body: { label: 'x', at: 'soon' } }], ['POST /items', 400, '22008', { body: { label: 'x', day: '2023-02-30' } }], ['POST /items', 400, '22P02', { body: { label: 'x', size: 'huge' } }], ['POST /items', 400, '22P02', { body: { label: 'x', uid: 'u' } }], ['POST /items?select=label', 201, [{ label: '5' }], { body: { label: 5 }, prefer: REP }], ['POST /items?select=tags,nums', 201, [{ tags: ['a', 'b c'], nums: [1] }], { body: { label: 'x', tags: '{a,"b c"}', nums: [1] }, prefer: REP }], ['POST /items', 400, '22P02', { body: { label: 'x', nums: ['a'] } }], ['POST /items?select=doc', 201, [{ doc: 'text' }], { body: { label: 'x', doc: 'text' }, prefer: REP }], ['POST /items?select=doc', 201, { text: '[{"doc":{"z":1,"a":1.10}}]' }, { body: '{"label":"x","doc":{"z":1,"a":1.10}}', prefer: REP, on: { postgres: { text: '[{"doc":{"a":1.10,"z":1}}]' } } }], ['POST /items?select=price', 201, { text: '[{"price":0.10}]' }, { body: '{"label":"x","price":0.10}', prefer: REP, on: { mysql: { text: '[{"price":0.1}]' } } }],
  ['POST /items?select=at', 201, [{ at: '2024-01-01T10:00:00+00:00' }], { body: { label: 'x', at: '2024-01-01T12:00:00+02:00' }, prefer: REP }], ['POST /items?select=raw', 201, [{ raw: '\\x00ff' }], { body: { label: 'x', raw: '\\x00FF' }, prefer: REP }],
  ['POST /archive', 201, undefined, { body: { group: 'z' } }], ['PATCH /archive?id=eq.1', 405, undefined, { body: { group: 'z' } }], ['DELETE /archive?id=eq.1', 405, undefined, {}],
])
const CSV = { 'Content-Type': 'text/csv' }, FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
rows('bodies that are not JSON', [
  ['POST /makers?select=name,country', 201, [{ name: 'N1', country: 'x,y' }, { name: 'N2', country: null }, { name: '', country: '' }], { body: 'name,country\nN1,"x,y"\nN2,NULL\n"",\n', headers: CSV, prefer: REP }], ['POST /makers', 400, { code: 'PGRST102', message: 'All lines must have same number of fields' }, { body: 'name,country\nN1\n', headers: CSV }], ['POST /makers', 400, 'PGRST204', { body: 'name,nope\na,b', headers: CSV }], ['POST /makers?select=name', 201, [{ name: 'a "b"\nc' }], { body: 'name\r\n"a ""b""\nc"\r\n', headers: CSV, prefer: REP }], ['POST /makers?columns=name&select=name,country', 201, [{ name: 'N1', country: null }], { body: 'name,country\nN1,FR', headers: CSV, prefer: REP }], ['POST /items?select=label,qty,ok', 201, [{ label: 'c', qty: 3, ok: true }], { body: 'label,qty,ok\nc,3,t', headers: CSV, prefer: REP }], ['POST /makers?select=name', 201, [], { body: 'name\n', headers: CSV, prefer: REP }], ['POST /makers', 400, 'PGRST102', { body: '', headers: CSV }],
  ['POST /shops?select=city', 201, [{ city: 'a b&c' }], { body: 'city=a+b%26c', headers: FORM, prefer: REP }], ['PATCH /shops?id=eq.1&select=city', 200, [{ city: 'z' }], { body: 'city=z', headers: FORM, prefer: REP }], ['POST /shops', 400, { code: 'PGRST102', message: 'Content-Type not acceptable: text/plain' }, { body: 'x', headers: { 'Content-Type': 'text/plain' } }], ['POST /shops', 400, 'PGRST102', { body: 'x', headers: { 'Content-Type': 'application/xml' } }], ['POST /shops?select=city', 201, [{ city: 'x' }], { body: '{"city":"x"}', headers: { 'Content-Type': 'application/json; charset=utf-8' }, prefer: REP }], ['POST /shops?select=city', 201, [{ city: 'x' }], { body: '{"city":"x"}', headers: { 'Content-Type': 'APPLICATION/JSON' }, prefer: REP }],
  ['PATCH /shops?id=eq.1&select=city', 200, [{ city: 'csv' }], { body: 'city\ncsv', headers: CSV, prefer: REP }],
])
rows('update', [
  ['PATCH /shops?id=eq.1', 204, { text: '', headers: { 'Content-Range': '0-0/*', 'Content-Type': null } }, { body: { city: 'z' } }], ['PATCH /shops?id=eq.1', 200, { json: [{ id: 1, city: 'z' }], headers: { 'Content-Range': '0-0/1' } }, { body: { city: 'z' }, prefer: `${REP},count=exact` }], ['PATCH /shops?id=gt.0', 204, { headers: { 'Content-Range': '0-2/3' } }, { body: { city: 'z' }, prefer: 'count=exact' }], ['PATCH /shops?id=eq.99', 204, { headers: { 'Content-Range': '*/*' } }, { body: { city: 'z' } }], ['PATCH /shops?id=eq.99', 200, { json: [], headers: { 'Content-Range': '*/0' } }, { body: { city: 'z' }, prefer: `${REP},count=exact` }],
  ['PATCH /shops', 400, { code: '21000', message: 'UPDATE requires a WHERE clause' }, { body: { city: 'z' } }], ['PATCH /shops?select=id', 400, '21000', { body: { city: 'z' } }], ['PATCH /shops?limit=1', 400, '21000', { body: { city: 'z' } }], ['PATCH /shops?id=not.is.null', 204, undefined, { body: { city: 'z' } }], ['PATCH /shops?or=(id.eq.1)', 204, undefined, { body: { city: 'z' } }], ['PATCH /shops', 400, 'PGRST102', { body: '{' }], ['PATCH /shops', 400, 'PGRST102', {}],
  ['PATCH /shops', 204, { headers: { 'Content-Range': '*/*' } }, { body: {} }], ['PATCH /shops', 200, [], { body: {}, prefer: REP }], ['PATCH /shops?id=eq.1', 200, [], { body: [], prefer: REP }], ['PATCH /shops?id=eq.1', 200, [], { body: [{}], prefer: REP }], ['PATCH /shops?id=eq.1&select=city', 200, [{ city: 'a' }], { body: [{ city: 'a' }, { city: 'b' }], prefer: REP }],
  ['PATCH /shops?id=eq.1', 400, 'PGRST204', { body: { town: 'z' } }], ['PATCH /shops?id=eq.1&columns=city', 200, [{ id: 1, city: 'z' }], { body: { city: 'z', id: 50 }, prefer: REP }], ['PATCH /shops?town=eq.1', 400, '42703', { body: { city: 'z' } }], ['PATCH /shops?id=eq.x', 400, '22P02', { body: { city: 'z' } }], ['PATCH /nope?id=eq.1', 404, 'PGRST205', { body: { city: 'z' } }],
  ['PATCH /shops?id=gt.0&select=city&limit=1', 200, [{ city: 'z' }], { body: { city: 'z' }, prefer: REP }], ['PATCH /shops?id=gt.0&select=id&order=id.desc&limit=2', 200, [{ id: 3 }, { id: 2 }], { body: { city: 'z' }, prefer: REP }], ['PATCH /shops?id=gt.0&limit=1', 204, { headers: { 'Content-Range': '0-2/*' } }, { body: { city: 'z' } }],
  ['PATCH /shops?id=gt.0', 406, 'PGRST116', { body: { city: 'z' }, ...as(OBJECT), keep: true }], ['PATCH /shops?id=eq.99', 406, { code: 'PGRST116', details: 'The result contains 0 rows' }, { body: { city: 'z' }, ...as(OBJECT) }], ['PATCH /shops?id=eq.1', 200, { id: 1, city: 'z' }, { body: { city: 'z' }, prefer: REP, ...as(OBJECT) }], ['PATCH /items?id=eq.1&select=id,shops(id),makers(name)', 200, [{ id: 1, shops: [{ id: 1 }, { id: 2 }], makers: { name: 'Bolt' } }], { body: { maker_id: 2 }, prefer: REP }], ['PATCH /items?id=gt.0&select=id,makers!inner(name)&makers.name=eq.Acme', 200, [{ id: 1, makers: { name: 'Acme' } }, { id: 2, makers: { name: 'Acme' } }], { body: { qty: 1 }, prefer: REP }],
  ['PATCH /makers?id=eq.2', 409, '23505', { body: { name: 'Acme' } }], ['PATCH /makers?id=gt.1', 409, '23505', { body: { name: 'same' } }], ['PATCH /makers?id=eq.2', 409, '23503', { body: { boss_id: 99 } }], ['PATCH /makers?id=eq.1', 409, '23503', { body: { id: 50 } }], ['PATCH /makers?id=eq.2', 400, '23502', { body: { name: null } }], ['PATCH /manuals?id=eq.1', 400, '23514', { body: { pages: 1000 } }], ['PATCH /people?first=eq.Ada', 400, '428C9', { body: { whole: 'x' } }], ['PATCH /people?first=eq.Ada', 400, '23514', { body: { age: 151 } }],
  ['PATCH /shops?id=gt.0', 400, { code: 'PGRST124', message: 'Query result exceeds max-affected preference constraint', details: 'The query affects 3 rows' }, { body: { city: 'z' }, prefer: 'handling=strict,max-affected=2', keep: true }], ['PATCH /shops?id=gt.0', 204, { headers: { 'Preference-Applied': 'tx=rollback, handling=lenient' } }, { body: { city: 'z' }, prefer: 'handling=lenient,max-affected=2' }], ['PATCH /shops?id=gt.1', 204, { headers: { 'Preference-Applied': 'tx=rollback, handling=strict, max-affected=2' } }, { body: { city: 'z' }, prefer: 'handling=strict,max-affected=2' }],
  ['PATCH /items?id=gte.3&select=id,tags', 200, [{ id: 3, tags: ['q'] }, { id: 4, tags: ['q'] }], { body: { tags: ['q'] }, prefer: REP }], ['PATCH /drafts?id=eq.1&select=id', 200, [{ id: 1 }], { body: { title: 'uno' }, prefer: REP }],
])
rows('delete', [
  ['DELETE /stock?shop_id=eq.1', 204, { text: '', headers: { 'Content-Range': '*/*' } }], ['DELETE /stock?shop_id=eq.2&select=item_id', 200, { json: [{ item_id: 1 }, { item_id: 2 }], headers: { 'Content-Range': '*/2', 'Preference-Applied': 'return=representation, count=exact, tx=rollback' } }, { prefer: `${REP},count=exact` }], ['DELETE /stock', 400, { code: '21000', message: 'DELETE requires a WHERE clause' }], ['DELETE /stock?shop_id=eq.99', 204, { headers: { 'Content-Range': '*/*' } }], ['DELETE /stock?shop_id=eq.99', 200, [], { prefer: REP }], ['DELETE /stock?nope=eq.1', 400, '42703'], ['DELETE /nope?id=eq.1', 404, 'PGRST205'],
  ['DELETE /shops?id=eq.1', 409, { code: '23503', message: 'update or delete on table "shops" violates foreign key constraint "stock_shop_id_fkey" on table "stock"' }], ['DELETE /items?id=eq.4&select=id,manuals(pages)', 200, [{ id: 4, manuals: { pages: 7 } }], { prefer: REP }], ['DELETE /stock?shop_id=gt.0', 400, 'PGRST124', { prefer: 'handling=strict,max-affected=1', keep: true }], ['DELETE /stock?shop_id=gt.0', 406, 'PGRST116', { ...as(OBJECT), keep: true }], ['DELETE /stock?shop_id=eq.1', 200, { item_id: 1, shop_id: 1, amount: 5, note: null }, { prefer: REP, ...as(OBJECT) }], ['DELETE /stock?shop_id=gt.0&order=item_id.desc,shop_id&limit=1&select=item_id', 200, [{ item_id: 2 }], { prefer: REP }], ['DELETE /drafts?id=eq.1&select=title', 200, [{ title: 'one' }], { prefer: REP }], ['DELETE /stock?shop_id=eq.1', 204, undefined, { body: '{}' }],
])
const MERGE = 'resolution=merge-duplicates', IGNORE = 'resolution=ignore-duplicates'
rows('upsert', [
  ['POST /shops', 200, { json: [{ id: 1, city: 'new' }], headers: { 'Preference-Applied': `${MERGE}, ${REP}, tx=rollback` } }, { body: { id: 1, city: 'new' }, prefer: `${MERGE},${REP}` }], ['POST /shops', 201, [{ id: 1, city: 'new' }, { id: 9, city: 'n9' }], { body: [{ id: 1, city: 'new' }, { id: 9, city: 'n9' }], prefer: `${MERGE},${REP}` }], ['POST /shops', 201, [{ id: 9, city: 'n9' }], { body: [{ id: 1, city: 'new' }, { id: 9, city: 'n9' }], prefer: `${IGNORE},${REP}` }], ['POST /shops', 201, { text: '' }, { body: { id: 1, city: 'new' }, prefer: IGNORE }], ['POST /shops', 200, { text: '' }, { body: { id: 1, city: 'new' }, prefer: MERGE }],
  ['POST /makers?on_conflict=name&select=id,name,country', 200, [{ id: 1, name: 'Acme', country: 'IT' }], { body: { name: 'Acme', country: 'IT' }, prefer: `${MERGE},${REP}` }], ['POST /makers?on_conflict=country', 400, '42P10', { body: { name: 'q' }, prefer: MERGE }], ['POST /makers?on_conflict=nope', 400, undefined, { body: { name: 'q' }, prefer: MERGE }], ['POST /makers?on_conflict=', 400, 'PGRST100', { body: { name: 'q' }, prefer: MERGE }], ['POST /makers', 409, '23505', { body: { id: 9, name: 'Acme' }, prefer: MERGE }], ['POST /shops', 500, '21000', { body: [{ id: 8, city: 'a' }, { id: 8, city: 'b' }], prefer: MERGE }], ['POST /stock?on_conflict=item_id,shop_id&select=amount,note', 200, [{ amount: 50, note: 'n' }], { body: { item_id: 1, shop_id: 2, amount: 50 }, prefer: `${MERGE},${REP}` }], ['POST /stock?on_conflict="shop_id","item_id"&select=amount', 200, [{ amount: 50 }], { body: { item_id: 1, shop_id: 2, amount: 50 }, prefer: `${MERGE},${REP}` }],
  ['POST /stickers', 201, { headers: { 'Preference-Applied': 'tx=rollback' } }, { body: { text: 'x' }, prefer: MERGE }], ['POST /shops', 409, '23505', { body: { id: 1, city: 'x' } }], ['POST /shops', 200, { json: { id: 1, city: 'x' } }, { body: { id: 1, city: 'x' }, prefer: `${MERGE},${REP}`, ...as(OBJECT) }], ['POST /shops', 400, '23502', { body: { id: 1, city: null }, prefer: MERGE }], ['POST /shops?columns=id,city', 200, [{ id: 1, city: 'x' }], { body: [{ id: 1, city: 'x', z: 1 }], prefer: `${MERGE},${REP}` }], ['PATCH /shops?id=eq.1', 204, { headers: { 'Preference-Applied': 'tx=rollback' } }, { body: { city: 'x' }, prefer: MERGE }], ['POST /shops?select=id', 200, [{ id: 1 }], { body: 'id,city\n1,c', headers: CSV, prefer: `${MERGE},${REP}` }],
])
rows('upsert of one row', [
  ['PUT /shops?id=eq.1', 204, { text: '' }, { body: { id: 1, city: 'put' } }], ['PUT /shops?id=eq.1', 200, [{ id: 1, city: 'put' }], { body: { id: 1, city: 'put' }, prefer: REP }], ['PUT /shops?id=eq.60', 201, [{ id: 60, city: 'put' }], { body: [{ id: 60, city: 'put' }, { id: 61, city: 'no' }], prefer: REP }], ['PUT /stock?item_id=eq.1&shop_id=eq.1&select=amount', 200, [{ amount: 9 }], { body: { item_id: 1, shop_id: 1, amount: 9 }, prefer: REP }],
  ['PUT /shops', 405, 'PGRST105', { body: { id: 1, city: 'x' } }], ['PUT /shops?city=eq.x', 405, 'PGRST105', { body: { id: 1, city: 'x' } }], ['PUT /shops?id=gt.1', 405, 'PGRST105', { body: { id: 1, city: 'x' } }], ['PUT /shops?id=eq.1&city=eq.x', 405, 'PGRST105', { body: { id: 1, city: 'x' } }], ['PUT /stock?item_id=eq.1', 405, 'PGRST105', { body: { item_id: 1, shop_id: 1 } }], ['PUT /shops?id=eq.1&limit=1', 400, 'PGRST114', { body: { id: 1, city: 'x' } }], ['PUT /shops?id=eq.1', 400, 'PGRST115', { body: { id: 2, city: 'x' } }],
])
rows('Prefer', [
  ['GET /shops', 200, { headers: { 'Preference-Applied': null } }, { prefer: 'return=representation, nope, tx=maybe' }], ['GET /shops', 400, { code: 'PGRST122', message: 'Invalid preferences given with handling=strict', details: 'Invalid preferences: nope, tx=maybe' }, { prefer: 'handling=strict, nope, tx=maybe' }], ['GET /shops', 200, { headers: { 'Preference-Applied': 'handling=strict' } }, { prefer: 'handling=strict' }], ['GET /shops', 200, { headers: { 'Preference-Applied': 'count=exact' } }, { prefer: 'count=exact, count=planned' }], ['GET /shops', 200, { headers: { 'Preference-Applied': 'count=exact, handling=lenient' } }, { headers: { Prefer: ['handling=lenient', 'count=exact'] } }], ['POST /shops', 201, { headers: { 'Preference-Applied': 'missing=default, return=minimal, count=exact, tx=rollback, handling=strict' } }, { body: { city: 'x' }, prefer: 'handling=strict, count=exact, return=minimal, missing=default' }], ['POST /shops', 400, 'PGRST122', { body: { city: 'x' }, prefer: 'handling=strict, anything' }], ['DELETE /stock?shop_id=eq.9', 204, { headers: { 'Preference-Applied': 'return=minimal, tx=rollback' } }, { prefer: 'return=minimal, missing=default' }],
])
rows('routes, methods, operations', [
  ['GET /nope', 404, { code: 'PGRST205', message: "Could not find the table 'public.nope' in the schema cache", hint: null }], ['GET /itemz', 404, { code: 'PGRST205', hint: "Perhaps you meant the table 'public.items'" }], ['GET /internals', 404, 'PGRST205'], ['GET /items/1', 404, { code: 'PGRST125', message: 'Invalid path specified in request URL' }], ['GET /rpc/a/b', 404, 'PGRST125'], ['GET /rpc', 404, undefined], ['GET /%69tems?select=id&id=eq.1', 200, [{ id: 1 }]], ['GET /%FF', 404, undefined], ['TRACE /items', 405, 'PGRST117'], ['PROPFIND /items', 405, 'PGRST117'], ['PUT /rpc/add', 405, 'PGRST101', { body: {} }], ['DELETE /rpc/add', 405, 'PGRST101'],
  ['OPTIONS /items', 200, { text: '', headers: { Allow: 'OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE' } }], ['OPTIONS /archive', 200, { headers: { Allow: 'OPTIONS,GET,HEAD,POST' } }], ['OPTIONS /stickers', 200, { headers: { Allow: 'OPTIONS,GET,HEAD,POST,PATCH,DELETE' } }], ['OPTIONS /nope', 404, 'PGRST205'], ['OPTIONS /rpc/add', 200, { headers: { Allow: 'OPTIONS,GET,HEAD,POST' } }], ['OPTIONS /rpc/nope', 404, 'PGRST202'],
  ['POST /rpc/add', 200, { text: '5', headers: { 'Content-Type': 'application/json; charset=utf-8' } }, { body: { a: 2, b: 3 } }], ['GET /rpc/add?a=2&b=3', 200, { text: '5' }], ['HEAD /rpc/add?a=2&b=3', 200, { text: '' }], ['GET /rpc/add?a=2', 404, 'PGRST202'], ['GET /rpc/add?a=2&b=3&c=4', 404, 'PGRST202'], ['POST /rpc/add', 404, 'PGRST202', { body: { a: 2, c: 3 } }], ['POST /rpc/add', 400, 'PGRST102', { body: '{' }], ['POST /rpc/add', 400, '22P02', { body: { a: 'x', b: 1 } }], ['POST /rpc/add', 200, { text: '5' }, { body: { a: 2, b: 3 }, prefer: 'return=minimal' }], ['POST /rpc/shout', 200, { text: '"HEY"' }, { body: { word: 'hey' } }], ['GET /rpc/shout?word=h%22ey', 200, { text: '"H\\"EY"' }], ['POST /rpc/nope', 404, 'PGRST202', { body: {} }], ['POST /rpc/closed', 401, '42501', { body: {} }],
  ['GET /rpc/items_from?least=20&select=id', 200, { json: [{ id: 2 }, { id: 4 }], headers: { 'Content-Range': '0-1/*' } }], ['GET /rpc/items_from?select=id&id=eq.4', 200, [{ id: 4 }]], ['GET /rpc/items_from?select=id&order=id.desc&limit=1', 206, { json: [{ id: 4 }], headers: { 'Content-Range': '0-0/2' } }, { prefer: 'count=exact' }], ['POST /rpc/items_from?select=id,makers(name)&id=eq.2', 200, [{ id: 2, makers: { name: 'Acme' } }], { body: { least: 1 } }], ['POST /rpc/items_from?select=id', 200, { text: 'id\n2\n4' }, { body: {}, ...as('text/csv') }], ['GET /rpc/items_from?select=id', 406, 'PGRST116', as(OBJECT)], ['GET /rpc/items_from?select=id&least=10&qty=eq.10', 200, { id: 1 }, as(OBJECT)], ['GET /rpc/items_from?select=nope', 400, '42703'], ['GET /rpc/items_from?least=x', 400, '22P02'],
])

describe('cross-origin requests', () => {
  test('preflight', async () => {
    const answer = await exchange('OPTIONS', '/items', { token: null, headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'apikey, prefer, x-client-info, accept-profile, range, x-retry-count' } })
    assert.equal(answer.status, 200, answer.text)
    const list = name => answer.headers[name].toLowerCase().split(',').map(text => text.trim())
    assert.equal(answer.headers['access-control-allow-origin'], '*')
    for (const method of ['get', 'post', 'patch', 'put', 'delete', 'options', 'head']) assert.ok(list('access-control-allow-methods').includes(method), method)
    for (const name of ['authorization', 'apikey', 'prefer', 'x-client-info', 'accept-profile', 'range', 'x-retry-count', 'accept', 'accept-language', 'content-language']) assert.ok(list('access-control-allow-headers').includes(name), name)
    assert.equal(answer.headers['access-control-max-age'], '86400')
  })
  test('answers and errors may be read, with their headers', async () => {
    for (const path of ['/items', '/nope']) {
      const { headers } = await exchange('GET', path, { headers: { Origin: 'https://app.example' } })
      assert.equal(headers['access-control-allow-origin'], '*')
      for (const name of ['content-range', 'content-location', 'location', 'preference-applied', 'range-unit']) assert.ok(headers['access-control-expose-headers'].toLowerCase().includes(name), name)
    }
  })
})

describe('what is written is kept, and what is refused is not', () => {
  const all = async path => (await exchange('GET', path)).json
  test('nothing of the rows above was kept', async () => {
    assert.deepEqual(await all('/shops'), SEED[3][1])
    assert.deepEqual(await all('/makers'), MAKERS)
    assert.equal((await all('/stock')).length, 3)
  })
  test('one bad row of many keeps none', async () => {
    const answer = await exchange('POST', '/shops', { body: [{ id: 50, city: 'ok' }, { id: 51, city: null }], keep: true })
    assert.equal(answer.status, 400)
    assert.equal((await all('/shops')).length, 3)
  })
  test('a draft that goes is gone for reads, and its title is free', async () => {
    const send = (method, path, body) => exchange(method, path, { body, keep: true })
    assert.equal((await send('POST', '/drafts', { id: 7, title: 'seven' })).status, 201)
    assert.equal((await send('DELETE', '/drafts?id=eq.7')).status, 204)
    assert.deepEqual(await all('/drafts?id=eq.7'), [])
    assert.equal((await send('PATCH', '/drafts?id=eq.7', { title: 'x' })).headers['content-range'], '*/*')
    assert.equal((await send('POST', '/drafts', { id: 8, title: 'seven' })).status, 201)
  })
  test('updatedAt moves, createdAt stays', async () => {
    const made = (await exchange('POST', '/people', { body: { first: 'T' }, prefer: REP, keep: true })).json[0]
    assert.equal(made.createdAt, made.updatedAt)
    const changed = (await exchange('PATCH', `/people?id=eq.${made.id}`, { body: { age: 3 }, prefer: REP, keep: true })).json[0]
    assert.equal(changed.createdAt, made.createdAt)
    assert.ok(changed.updatedAt > made.updatedAt)
    assert.equal((await exchange('PATCH', `/people?id=eq.${made.id}`, { body: { createdAt: '2000-01-01T00:00:00Z' } })).json?.code, '428C9')
  })
})

describe('tokens', () => {
  const cases = [
    ['none', null, 200, undefined], ['no token at all is anonymous', '', 200, undefined],
    ['garbage', 'x.y.z', 401, 'PGRST301'], ['unsigned', `${btoa('{"alg":"none"}')}.${btoa('{"role":"service_role"}')}.`, 401, 'PGRST301'],
  ]
  for (const [name, token, status, code] of cases) test(name, async () => {
    const answer = await exchange('GET', '/shops', { token: null, headers: token ? { authorization: `bearer ${token}` } : {} })
    assert.deepEqual([answer.status, code && answer.json.code], [status, code], answer.text)
    if (status === 401) assert.match(answer.headers['www-authenticate'], /^Bearer error="invalid_token", error_description="/)
  })
  test('a key as apikey alone, and the guard for all but the service key', async () => {
    const service = { apikey: server.service, Prefer: 'tx=rollback' }
    assert.equal((await exchange('DELETE', '/stock', { token: null, headers: service, keep: true })).status, 204)
    assert.equal((await exchange('DELETE', '/stock', { token: null, headers: { apikey: server.anon }, keep: true })).status, 400)
    assert.equal((await exchange('DELETE', '/stock', { token: null, headers: { ...service, Authorization: `Bearer ${server.anon}` }, keep: true })).status, 400, 'Bearer wins')
  })
  test('claims: expired, not yet valid, unknown role', async () => {
    const ask = claims => exchange('GET', '/shops', { token: server.token('authenticated', 'u', claims) })
    const now = Math.floor(Date.now() / 1000)
    for (const [claims, message] of [[{ exp: now - 60 }, 'JWT expired'], [{ nbf: now + 600 }, 'JWT not yet valid'], [{ iat: now + 600 }, 'JWT issued at future']]) {
      const answer = await ask(claims)
      assert.deepEqual([answer.status, answer.json.code, answer.json.message], [401, 'PGRST303', message], answer.text)
    }
    assert.equal((await ask({ exp: now - 10, iat: now - 100 })).status, 200, 'thirty seconds of leeway')
  })
})

describe('what an operator may switch', () => {
  let strict
  before(async () => {
    strict = await start(new URL('../fixtures/contract.graphql', import.meta.url).pathname, { env: { BACKSTAY_LIMITS__AGGREGATES: 'false', BACKSTAY_REST__STRICT_EMBED_NAMES: 'true', BACKSTAY_REST__ROOT: 'false', BACKSTAY_REST__ALIAS: '/api', BACKSTAY_LIMITS__ROWS_MAX: '2', BACKSTAY_AUTH__ANONYMOUS: 'false' } })
    const answer = await send(strict, strict.service, 'POST', '/makers', { body: MAKERS })
    assert.equal(answer.status, 201, answer.text)
  })
  after(() => strict.stop())
  const ask = async (path, status, want) => {
    const answer = await exact(strict, 'GET', path)
    assert.deepEqual([answer.status, typeof want === 'string' ? answer.json.code : answer.json], [status, want], answer.text)
    return answer
  }
  test('aggregates', async () => {
    for (const select of ['count()', 'count', 'id.sum()', 'n:id.max()', 'items(count)', '...boss_id(id.count())']) await ask(`/makers?select=${select}`, 400, 'PGRST123')
    assert.equal((await exact(strict, 'GET', '/makers', { prefer: 'count=exact' })).headers['content-range'], '0-1/3')
  })
  test('names of embeds', async () => {
    assert.equal((await ask('/makers?select=id,b:boss_id(id)&boss_id.id=eq.1', 400, 'PGRST108')).json.hint, "Change 'boss_id' to 'b' in filters, orders and limits.")
    await ask('/makers?select=id,b:boss_id(id)&b.id=eq.1&id=eq.2', 200, [{ id: 2, b: { id: 1 } }])
  })
  test('the root', () => ask('/', 404, 'PGRST126'))
  test('rows at every level', () => ask('/makers?select=id,makers(id)&limit=9', 200, [{ id: 1, makers: [{ id: 2 }, { id: 3 }] }, { id: 2, makers: [] }]))
  test('a second path', async () => assert.equal((await fetch(`${strict.url}/api/makers`, { headers: { apikey: strict.anon } })).status, 200))
  test('callers without a credential', async () => {
    const answer = await exact(strict, 'GET', '/makers', { token: null })
    assert.deepEqual([answer.status, answer.json.code, answer.headers['www-authenticate']], [401, 'PGRST302', 'Bearer'])
  })
})
