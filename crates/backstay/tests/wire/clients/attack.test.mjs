// Attempts to read and write what a caller has no right to, through every form a request can take. After each the answer holds
// no secret, and after all of them every row is as it was.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { exact, send, start } from '../server.mjs'

const A = '018f0000-0000-7000-8000-00000000000a', B = '018f0000-0000-7000-8000-00000000000b'
const SECRETS = ['V4ULT', 'ENTRY', 'X7RA', 'AL1AS', 'L4BEL', 'pinbeta', 'pingamma', 'shut-b', '77011', '77022']
const HIDDEN = ['vault', 'pass', 'entry', 'score', 'extra', 'alias', 'labels']
const REP = 'return=representation', MERGE = 'resolution=merge-duplicates', IGNORE = 'resolution=ignore-duplicates'
const OBJECT = { Accept: 'application/vnd.pgrst.object+json' }
let server, a, admin, initial

const diary = (id, owner, title, open, rest) => ({ id, owner, title, open, slug: `slug${id}`, vault: `V4ULT-${id}`, entry: 'ENTRY', extra: { k: 'X7RA' }, alias: `AL1AS${id}`, labels: ['L4BEL'], ...rest })
before(async () => {
  server = await start(new URL('../fixtures/attack.graphql', import.meta.url).pathname)
  a = server.token('authenticated', A)
  admin = server.token('authenticated', '018f0000-0000-7000-8000-0000000000ad', { app_metadata: { role: 'admin' } })
  for (const [table, body] of [
    ['diaries', [diary(1, A, 'mine', false, { score: 77011, pin: 'pinalpha' }), diary(2, B, 'open-b', true, { score: 77022, pin: 'pinbeta' }), diary(3, B, 'shut-b', false, { score: 3, pin: 'pingamma' }), diary(4, A, 'sealed', false, { score: 4, pin: 'pindelta' })]],
    ['pages', [{ id: 1, text: 'p1', diary_id: 1 }, { id: 2, text: 'p2', diary_id: 2 }, { id: 3, text: 'p3', diary_id: 3 }]],
    ['notices', [{ id: 1, text: 'n1', diary_id: 1 }, { id: 2, text: 'n2', diary_id: 2 }, { id: 3, text: 'n3', diary_id: 3 }]],
    ['closed', [{ id: 1, word: 'w' }]],
  ]) {
    const answer = await send(server, server.service, 'POST', `/${table}`, { body })
    assert.equal(answer.status, 201, `${table}: ${answer.text}`)
  }
  initial = await everything()
})
after(async () => {
  const left = await everything()
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
  assert.equal(left, initial, 'every row is as it was')
})

const everything = async () => (await Promise.all(['diaries', 'pages', 'notices', 'closed'].map(t => exact(server, 'GET', `/${t}`, { token: server.service })))).map(r => r.text).join('\n')
/** Sends a request for real (nothing is rolled back) and checks that the answer gives no secret away. */
async function ask(request, options = {}) {
  const space = request.indexOf(' ')
  const answer = await exact(server, request.slice(0, space), request.slice(space + 1), { token: a, keep: true, ...options })
  const sent = request + JSON.stringify(options.body ?? '')
  for (const secret of SECRETS) if (!sent.includes(secret)) assert.ok(!(answer.text + JSON.stringify(answer.headers)).includes(secret), `shows ${secret}: ${answer.text}`)
  assert.ok(answer.status < 500, `${answer.status}: ${answer.text}`)
  return answer
}
const refused = async (request, status, code, options) => {
  const answer = await ask(request, options)
  assert.equal(answer.status, status, answer.text)
  if (answer.text) assert.equal(answer.json.code, code, answer.text)
  else assert.ok(answer.headers['proxy-status'].endsWith(`error=${code}`))
  return answer
}
const rows = async (request, want, options) => {
  const answer = await ask(request, options)
  assert.ok(answer.status < 300, answer.text)
  assert.deepEqual(answer.json, want, answer.text)
}

/** Every way to name a column `F` in a request. */
const USES = [
  'GET /diaries?select=F', 'GET /diaries?select=id,x:F', 'GET /diaries?select=F::text', 'GET /diaries?select="F"', 'GET /diaries?select=F->k', 'GET /diaries?select=F->>k', 'GET /diaries?select=F.count()', 'GET /diaries?select=m:F.max()', 'GET /diaries?select=F,count()', 'HEAD /diaries?select=F',
  'GET /diaries?F=is.null', 'GET /diaries?F=not.is.null', 'GET /diaries?"F"=not.is.null', 'GET /diaries?F=eq.1', 'GET /diaries?F=neq.1', 'GET /diaries?F=gt.1', 'GET /diaries?F=in.(1,2)', 'GET /diaries?F=not.in.(1)', 'GET /diaries?F=isdistinct.1', 'GET /diaries?F=like.V*', 'GET /diaries?F=imatch.^v', 'GET /diaries?F=like(any).{V*}', 'GET /diaries?F=eq(any).{1}', 'GET /diaries?F=cs.{1}', 'GET /diaries?F=ov.{1}', 'GET /diaries?F=fts.x', 'GET /diaries?F->>k=eq.x', 'GET /diaries?F->k=gt.1', 'HEAD /diaries?F=gt.1',
  'GET /diaries?or=(F.eq.1,id.eq.1)', 'GET /diaries?not.or=(F.is.null)', 'GET /diaries?and=(id.gt.0,not.and(F.gt.1,F.lt.9))', 'GET /diaries?or=(F->>k.eq.x)', 'GET /diaries?select=id&order=F', 'GET /diaries?select=id&order=F.desc.nullslast', 'GET /diaries?select=id&order=id,F->k',
  'GET /notices?select=id,diaries(F)', 'GET /notices?select=id,d:diaries(x:F)', 'GET /notices?select=id,...diaries(F)', 'GET /notices?select=id,diaries(id)&diaries.F=eq.1', 'GET /notices?select=id,diaries!inner()&diaries.F=gt.1', 'GET /notices?select=id,diaries(id)&diaries.or=(F.gt.1,id.eq.1)', 'GET /notices?select=id,diaries(id)&order=diaries(F)', 'GET /notices?select=id,diaries(id)&diaries.order=F', 'GET /notices?select=id,diaries(F.max())', 'GET /pages?select=id,diaries(notices(diaries(F)))', 'GET /diaries?select=id,notices(diaries(F))',
  'GET /rpc/all_diaries?select=F', 'GET /rpc/all_diaries?F=gt.1', 'GET /rpc/all_diaries?order=F', 'POST /rpc/all_diaries?select=F',
  'PATCH /diaries?F=eq.1', 'PATCH /diaries?id=eq.1&select=F', 'PATCH /diaries?or=(F.gt.1)', 'DELETE /diaries?F=gt.1', 'DELETE /diaries?id=eq.99&select=F', 'POST /diaries?select=F', 'POST /notices?select=diaries(F)',
]
for (const field of HIDDEN) describe(`naming ${field}`, () => {
  for (const use of USES) test(use.replaceAll('F', field), async () => {
    const method = use.split(' ')[0]
    const body = { PATCH: { title: 'x' }, POST: use.includes('/rpc/') ? {} : use.includes('/notices') ? { text: 'x' } : { title: 'x' } }[method]
    const answer = await refused(use.replaceAll('F', field), 403, '42501', { body, prefer: method === 'GET' || method === 'HEAD' ? undefined : REP })
    // The text may name the column, and must be the same whatever the value is.
    if (answer.json) assert.match(answer.json.message, /permission denied for (column|table) /)
  })
  test('as CSV', () => refused(`GET /diaries?select=id,${field}`, 403, '42501', { headers: { Accept: 'text/csv' } }))
  test('not in *, returning, CSV header, embed, operation', async () => {
    for (const [request, options] of [['GET /diaries'], ['GET /notices?select=*,diaries(*)'], ['GET /notices?select=*,...diaries(*)'], ['GET /rpc/all_diaries'], ['GET /diaries', { headers: { Accept: 'text/csv' } }], ['PATCH /diaries?id=eq.1', { body: { title: 'mine' }, prefer: `${REP},tx=rollback` }], ['DELETE /pages?id=eq.1&select=*,diaries(*)', { prefer: `${REP},tx=rollback` }]]) {
      const answer = await ask(request, options)
      assert.ok(answer.status < 300, answer.text)
      assert.ok(!answer.text.includes(`"${field}"`) && !answer.text.split('\n')[0].split(',').includes(field), answer.text)
    }
  })
})

describe('names that the database would know, and the API does not', () => {
  for (const [request, status, code] of [
    ['GET /diaries?select=SCORE', 400, '42703'], ['GET /diaries?Score=gt.1', 400, '42703'], ['GET /diaries?order=VAULT', 400, '42703'], ['GET /diaries?select=rowid', 400, '42703'], ['GET /diaries?_rowid_=eq.1', 400, '42703'], ['GET /diaries?oid=eq.1', 400, '42703'], ['GET /diaries?diaries=eq.x', 400, '42703'],
    ['GET /DIARIES', 404, 'PGRST205'], ['GET /sqlite_master', 404, 'PGRST205'], ['GET /sqlite_schema', 404, 'PGRST205'], ['GET /diaries_fts', 404, 'PGRST205'], ['GET /main.diaries', 404, 'PGRST205'], ['GET /diaries%00', 404, undefined], ['GET /diaries;', 404, 'PGRST205'], ['GET /"diaries"', 404, 'PGRST205'], ["GET /diaries'--", 404, 'PGRST205'], ['GET /json_each', 404, 'PGRST205'], ['GET /%2e%2e', 404, undefined], ['GET /..%2fdiaries', 404, undefined],
    ['GET /diaries?t1.score=gt.1', 400, 'PGRST108'], ['GET /diaries?diaries.score=gt.1', 400, 'PGRST108'], ['GET /notices?select=id,diaries(id)&diaries.SCORE=gt.1', 400, '42703'], ['GET /notices?select=id,closed(*)', 400, 'PGRST200'], ['GET /closed', 403, '42501'], ['GET /closed?select=count()', 403, '42501'], ['POST /closed', 403, '42501'], ['PATCH /closed?id=eq.1', 403, '42501'], ['DELETE /closed?id=eq.1', 403, '42501'],
    ['GET /diaries?select=count(*)', 400, 'PGRST100'], ["GET /diaries?select=id');DROP TABLE diaries--", 400, 'PGRST100'], ['GET /diaries?order=id;DROP TABLE diaries', 400, undefined], ['GET /diaries?select=id&id=eq.1;DROP TABLE diaries', 400, '22P02'], ['GET /diaries?select=id::text)--', 400, 'PGRST100'], ['GET /diaries?limit=1;DROP TABLE diaries', 200, undefined],
  ]) test(request, async () => {
    const answer = await ask(request, { body: /^(POST|PATCH)/.test(request) ? { word: 'x' } : undefined })
    assert.equal(answer.status, status, answer.text)
    if (code) assert.equal(answer.json.code, code, answer.text)
  })
})

describe('a field that is seen in some rows only', () => {
  for (const [request, want] of [
    ['GET /diaries?select=id,pin', [{ id: 1, pin: 'pinalpha' }, { id: 2, pin: null }]], ['GET /diaries?select=id&pin=eq.pinbeta', []], ['GET /diaries?select=id&pin=not.is.null', [{ id: 1 }]], ['GET /diaries?select=id&pin=is.null', [{ id: 2 }]], ['GET /diaries?select=id&pin=neq.x', [{ id: 1 }]], ['GET /diaries?select=id&pin=like.pin*', [{ id: 1 }]], ['GET /diaries?select=id&pin=in.(pinalpha,pinbeta)', [{ id: 1 }]], ['GET /diaries?select=id&pin=isdistinct.pinbeta', [{ id: 1 }, { id: 2 }]], ['GET /diaries?select=id&pin=not.isdistinct.pinbeta', []],
    ['GET /diaries?select=id&pin=fts.pinbeta', []], ['GET /diaries?select=id&pin=fts.pinalpha', [{ id: 1 }]], ['GET /diaries?select=id&pin=not.fts.pinalpha', []], ['GET /diaries?select=id&or=(pin.eq.pinbeta,pin.match.beta$)', []], ['GET /diaries?select=id&not.and=(pin.eq.pinbeta)', [{ id: 1 }]], ['GET /diaries?select=id&order=pin', [{ id: 1 }, { id: 2 }]], ['GET /diaries?select=id&order=pin.desc', [{ id: 2 }, { id: 1 }]], ['GET /diaries?select=pin.max(),n:pin.count()', [{ max: 'pinalpha', n: 1 }]], ['GET /diaries?select=pin,count()&order=pin', [{ pin: 'pinalpha', count: 1 }, { pin: null, count: 1 }]],
    ['GET /notices?select=id,diaries(pin)', [{ id: 1, diaries: { pin: 'pinalpha' } }, { id: 2, diaries: { pin: null } }, { id: 3, diaries: null }]], ['GET /notices?select=id,...diaries(pin)', [{ id: 1, pin: 'pinalpha' }, { id: 2, pin: null }, { id: 3, pin: null }]], ['GET /notices?select=id,diaries!inner()&diaries.pin=eq.pinbeta', []], ['GET /notices?select=id,diaries()&order=diaries(pin).desc.nullslast', [{ id: 1 }, { id: 2 }, { id: 3 }]], ['GET /rpc/all_diaries?select=id,pin', [{ id: 1, pin: 'pinalpha' }, { id: 2, pin: null }]], ['GET /rpc/all_diaries?select=id&pin=eq.pinbeta', []],
    ['PATCH /diaries?pin=eq.pinbeta', []], ['DELETE /diaries?pin=eq.pinbeta', []], ['DELETE /diaries?pin=eq.pingamma', []],
  ]) test(request, () => rows(request, want, { body: request.startsWith('PATCH') ? { title: 'x' } : undefined, prefer: request.startsWith('GET') ? undefined : REP }))
  test('as CSV', async () => assert.equal((await ask('GET /diaries?select=id,pin', { headers: { Accept: 'text/csv' } })).text, 'id,pin\n1,pinalpha\n2,'))
})

describe('rows of others', () => {
  for (const [request, want] of [
    ['GET /diaries?select=id', [{ id: 1 }, { id: 2 }]], ['GET /diaries?select=id&id=eq.3', []], ['GET /diaries?select=id&title=eq.sealed', []], ['GET /diaries?select=count()', [{ count: 2 }]], ['GET /diaries?select=id.max()', [{ max: 2 }]], ['GET /diaries?select=id&id=in.(3,4)', []], ['GET /diaries?select=id&or=(id.eq.3,id.eq.4)', []], ['GET /diaries?select=id&not.and=(id.lt.3)', []], ['GET /diaries?select=id&title=fts.shut', []], ['GET /rpc/all_diaries?select=id', [{ id: 1 }, { id: 2 }]], ['GET /rpc/all_diaries?select=count()', [{ count: 2 }]],
    ['GET /pages?select=id', [{ id: 1 }]], ['GET /diaries?select=id,pages(id)', [{ id: 1, pages: [{ id: 1 }] }, { id: 2, pages: [] }]], ['GET /diaries?select=id,pages(count)', [{ id: 1, pages: [{ count: 1 }] }, { id: 2, pages: [{ count: 0 }] }]], ['GET /diaries?select=id,...pages(p:id)', [{ id: 1, p: [1] }, { id: 2, p: [] }]], ['GET /notices?select=id,diaries(id,pages(id))', [{ id: 1, diaries: { id: 1, pages: [{ id: 1 }] } }, { id: 2, diaries: { id: 2, pages: [] } }, { id: 3, diaries: null }]], ['GET /notices?select=id,diaries!inner(id)', [{ id: 1, diaries: { id: 1 } }, { id: 2, diaries: { id: 2 } }]], ['GET /notices?select=id,diaries()&diaries=is.null', [{ id: 3 }]], ['GET /notices?select=id,diaries()&or=(diaries.not.is.null,id.eq.9)', [{ id: 1 }, { id: 2 }]], ['GET /notices?select=id,diaries()&order=diaries(title).desc.nullslast', [{ id: 2 }, { id: 1 }, { id: 3 }]], ['GET /notices?select=id,diaries!inner()&diaries.title=eq.shut-b', []], ['GET /notices?select=id,...diaries(title)&id=eq.3', [{ id: 3, title: null }]],
    ['PATCH /diaries?id=eq.3', []], ['PATCH /diaries?id=eq.2', []], ['PATCH /diaries?id=eq.4', []], ['PATCH /pages?id=eq.2', []], ['DELETE /diaries?id=eq.2', []], ['DELETE /diaries?id=in.(2,3,4)', []], ['DELETE /pages?id=gt.1', []],
  ]) test(request, () => rows(request, want, { body: request.startsWith('PATCH') ? (request.includes('pages') ? { text: 'x' } : { title: 'x' }) : undefined, prefer: request.startsWith('GET') ? undefined : REP }))
  test('counts', async () => {
    for (const path of ['/diaries', '/rpc/all_diaries']) assert.equal((await ask(`HEAD ${path}`, { prefer: 'count=exact' })).headers['content-range'], '0-1/2')
    assert.equal((await ask('PATCH /diaries?id=gt.0', { body: { title: 'x' }, prefer: 'count=exact,tx=rollback' })).headers['content-range'], '0-0/1')
    assert.equal((await ask('DELETE /pages?id=gt.0', { prefer: 'count=exact,tx=rollback' })).headers['content-range'], '*/1')
    await refused('GET /diaries?id=eq.3', 406, 'PGRST116', { headers: OBJECT })
  })
  test('a hidden row and no row look the same', async () => {
    for (const form of [id => `GET /diaries?id=eq.${id}`, id => `PATCH /diaries?id=eq.${id}`, id => `DELETE /diaries?id=eq.${id}`, id => `GET /notices?select=text,diaries(id)&diaries.id=eq.${id}&diaries=not.is.null`]) {
      const of = async id => { const { status, text, headers } = await ask(form(id), { body: form(id).startsWith('PATCH') ? { title: 'x' } : undefined, prefer: REP }); return [status, text, headers['content-range']] }
      assert.deepEqual(await of(3), await of(999))
    }
  })
})

describe('writes beyond one\'s rights', () => {
  const CSV = { 'Content-Type': 'text/csv' }, FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
  for (const [request, status, code, options] of [
    ['POST /diaries', 403, '42501', { body: { title: 't', owner: B } }], ['POST /diaries', 403, '42501', { body: { title: 't', owner: A } }], ['POST /diaries', 403, '42501', { body: [{ title: 't', plan: 'gold' }] }], ['POST /diaries', 403, '42501', { body: 'title,plan\nt,gold', headers: CSV }], ['POST /diaries', 403, '42501', { body: 'title=t&plan=gold', headers: FORM }], ['POST /diaries?columns=title,plan', 403, '42501', { body: { title: 't' } }], ['POST /diaries', 403, '42501', { body: '{"title":"t","plan":null}' }], ['POST /diaries', 403, '42501', { body: '{"plan":"gold","plan":"free","title":"t"}' }], ['POST /diaries', 400, 'PGRST204', { body: { title: 't', PLAN: 'gold' } }], ['POST /diaries', 400, 'PGRST204', { body: '{"title":"t","__proto__":{"plan":"gold"}}' }], ['POST /diaries', 400, 'PGRST204', { body: { title: 't', 'plan ': 'gold' } }], ['POST /diaries', 400, 'PGRST204', { body: { title: 't', rowid: 7 } }],
    ...HIDDEN.filter(f => !['pass', 'entry'].includes(f)).map(f => ['POST /diaries', 403, '42501', { body: { title: 't', [f]: null } }]), ...HIDDEN.filter(f => !['pass', 'entry'].includes(f)).map(f => ['PATCH /diaries?id=eq.1', 403, '42501', { body: { [f]: null } }]),
    ['PATCH /diaries?id=eq.1', 403, '42501', { body: { plan: 'gold' } }], ['PATCH /diaries?id=eq.1', 403, '42501', { body: { owner: B } }], ['PATCH /diaries?id=eq.99', 403, '42501', { body: { plan: 'gold' } }], ['PATCH /diaries?id=eq.1', 403, '42501', { body: 'plan=gold', headers: FORM }], ['PATCH /diaries?id=eq.1&columns=plan', 403, '42501', { body: { plan: 'gold' } }], ['PATCH /diaries?id=eq.1', 400, '428C9', { body: { createdAt: '2000-01-01' } }],
    ['POST /diaries', 403, '42501', { body: { id: 1, plan: 'gold', title: 'x' }, prefer: MERGE }], ['POST /diaries', 403, '42501', { body: { id: 3, title: 'x' }, prefer: MERGE }], ['POST /diaries', 403, '42501', { body: { id: 2, title: 'x' }, prefer: MERGE }], ['PUT /diaries?id=eq.3', 403, '42501', { body: { id: 3, title: 'x' } }], ['PUT /diaries?id=eq.2', 403, '42501', { body: { id: 2, title: 'x' } }], ['PUT /diaries?id=eq.1', 403, '42501', { body: { id: 1, title: 'x', plan: 'gold' } }], ['POST /diaries?on_conflict=slug', 403, '42501', { body: { slug: 'slug3', title: 'x' }, prefer: MERGE }], ['POST /diaries', 403, '42501', { body: [{ id: 50, title: 'x' }, { id: 3, title: 'x' }], prefer: MERGE }], ['POST /diaries?on_conflict=alias', 403, '42501', { body: { title: 'x' }, prefer: MERGE }], ['POST /diaries?on_conflict=alias', 403, '42501', { body: { title: 'x' }, prefer: IGNORE }],
    ['POST /diaries', 409, '23505', { body: { id: 3, title: 'x' } }], ['POST /diaries', 409, '23505', { body: { slug: 'slug3', title: 'x' } }], ['PATCH /diaries?id=eq.1', 409, '23505', { body: { slug: 'slug3' } }],
    ['POST /pages', 403, '42501', { body: { text: 'x', diary_id: 3 } }], ['POST /pages', 403, '42501', { body: { text: 'x', diary_id: 2 } }], ['POST /pages', 403, '42501', { body: [{ text: 'x', diary_id: 1 }, { text: 'x', diary_id: 3 }] }], ['PATCH /pages?id=eq.1', 403, '42501', { body: { diary_id: 3 } }], ['POST /pages', 403, '42501', { body: { id: 3, text: 'x', diary_id: 1 }, prefer: MERGE }], ['POST /pages', 403, '42501', { body: { text: 'x', diary_id: 999 } }],
    ['POST /notices', 403, '42501', { body: { text: 'x' } }], ['PATCH /notices?id=eq.1', 403, '42501', { body: { text: 'x' } }], ['DELETE /notices?id=eq.1', 403, '42501', {}], ['PATCH /diaries', 400, '21000', { body: { title: 'x' } }], ['DELETE /diaries', 400, '21000', {}],
    ...['GET /diaries', 'GET /pages', 'GET /closed', 'HEAD /diaries?select=count()'].map(r => [r, 401, '42501', { token: null }]), ...['POST /diaries', 'PATCH /diaries?id=eq.1', 'POST /notices'].map(r => [r, 401, '42501', { token: null, body: { text: 'x', title: 'x' }, }]).map(([r, ...rest]) => [r, rest[0], rest[1], { ...rest[2], body: r.includes('notices') ? { text: 'x' } : { title: 'x' } }]), ['DELETE /diaries?id=eq.1', 401, '42501', { token: null }], ['GET /notices?select=id,diaries(id)', 401, '42501', { token: null }], ['GET /rpc/all_diaries', 401, '42501', { token: null }],
  ]) test(`${request} ${JSON.stringify(options).slice(0, 110)}`, async () => {
    const answer = await refused(request, status, code, options)
    if (code === '23505') assert.equal(answer.json.details, null, 'the details name no row that the caller may not read')
  })
  test('rows of others are left alone by an upsert that ignores them', () => rows('POST /diaries', [], { body: { id: 3, title: 'x' }, prefer: `${IGNORE},${REP}` }))
  test('columns= leaves out what the body smuggles in', () => rows('POST /diaries?columns=title&select=title,plan,owner', [{ title: 't', plan: 'free', owner: A }], { body: { title: 't', plan: 'gold', owner: B }, prefer: `${REP},tx=rollback` }))
  test('of a key that comes twice the last value counts, once', () => rows('POST /diaries?select=title', [{ title: 'b' }], { body: '{"title":"a","title":"b"}', prefer: `${REP},tx=rollback` }))
  test('a row that its writer may not read is not shown', async () => {
    const made = await ask('POST /diaries', { body: { title: 'sealed', pin: 'new' }, prefer: `${REP},tx=rollback` })
    assert.ok(made.status === 403 || made.text === '[]', made.text)
    const changed = await ask('PATCH /diaries?id=eq.1', { body: { title: 'sealed' }, prefer: `${REP},tx=rollback` })
    assert.ok(changed.status === 403 || changed.text === '[]', changed.text)
  })
  test('what a constraint says names no value the caller may not read', async () => {
    for (const [request, body] of [['POST /diaries', { title: null }], ['PATCH /diaries?id=eq.1', { title: null }], ['POST /pages', { text: 'x'.repeat(31), diary_id: 1 }], ['PATCH /pages?id=eq.1', { text: 'x'.repeat(31) }]]) {
      const answer = await ask(request, { body })
      assert.equal(answer.status, 400, answer.text)
    }
  })
})

describe('tokens that claim too much', () => {
  const claims = [['user_metadata is the user\'s own', { user_metadata: { role: 'admin' } }], ['role at the top is the wire role', { roles: ['admin'] }], ['app_metadata of another form', { app_metadata: { role: { admin: true } } }], ['another case', { app_metadata: { role: 'ADMIN' } }], ['a role that rules know by another name', { app_metadata: { role: 'service_role' } }], ['wire roles are no application roles', { app_metadata: { roles: ['service_role', 'anon'] } }]]
  for (const [name, more] of claims) test(name, async () => {
    const answer = await ask('GET /diaries?select=score', { token: server.token('authenticated', A, more) })
    assert.ok(answer.json.code === '42501' || answer.json.code === 'PGRST303', answer.text)
  })
  test('a subject of another type owns nothing', async () => {
    for (const sub of ["' or 1=1 --", '%', '*', 'null', '{"$ne":null}', A.toUpperCase()]) {
      const answer = await ask('GET /diaries?select=id', { token: server.token('authenticated', sub) })
      assert.ok(answer.status === 401 || answer.text === '[{"id":2}]' || (sub === A.toUpperCase() && answer.text === '[{"id":1},{"id":2}]'), `${sub}: ${answer.text}`)
    }
  })
  test('two credentials are one too many', async () => {
    const answer = await ask('GET /diaries', { token: null, headers: { Authorization: [`Bearer ${a}`, `Bearer ${server.service}`] } })
    assert.ok([400, 401].includes(answer.status), answer.text)
  })
})

describe('odd and oversized input', () => {
  const deep = (open, close, n, inside) => open.repeat(n) + inside + close.repeat(n)
  for (const [name, request, statuses, options] of [
    ['a long list', `GET /diaries?select=id&id=in.(${'1,'.repeat(8000)}1)`, [200, 400, 414]], ['deep logic', `GET /diaries?select=id&or=${deep('(and(', '))', 500, 'id.eq.1')}`, [400]], ['deep embeds', `GET /diaries?select=${deep('notices(diaries(', '))', 60, 'id')}`, [400]], ['many conditions', `GET /diaries?select=id&and=(${Array(3000).fill('id.gt.0').join(',')})`, [200, 400]], ['many columns', `GET /diaries?select=${Array(3000).fill('id').join(',')}`, [200, 400]], ['many order terms', `GET /diaries?order=${Array(3000).fill('id').join(',')}`, [200, 400]], ['many embeds', `GET /diaries?select=${Array.from({ length: 300 }, (_, n) => `n${n}:notices(id)`).join(',')}`, [400, 200]],
    ['NUL in a value', 'GET /diaries?select=id&title=eq.a%00b', [200, 400]], ['NUL in a name', 'GET /diaries?sc%00ore=eq.1', [400]], ['bytes that are no text', 'GET /diaries?title=eq.%ff%fe', [400]], ['an overlong form', 'GET /diaries?title=eq.%c0%ae', [400]], ['a broken escape', 'GET /diaries?title=eq.%zz', [200, 400]], ['a pattern that explodes', 'GET /diaries?title=match.(a{1000}){1000}{1000}', [400]], ['a pattern that backtracks', `GET /diaries?title=match.(a*)*b`, [200]], ['many wildcards', `GET /diaries?title=like.${'*a'.repeat(2000)}`, [200, 400]],
    ['ranges beyond numbers', 'GET /diaries?offset=9223372036854775807&limit=9223372036854775807', [200, 206, 416]], ['a range header beyond numbers', 'GET /diaries', [200], { headers: { Range: '0-99999999999999999999' } }], ['a long Prefer', 'GET /diaries', [200], { prefer: 'a=b,'.repeat(3000) }], ['a full-text query of operators', `GET /diaries?title=fts.${'('.repeat(500)}`, [400]], ['a full-text query of FTS5', 'GET /diaries?title=plfts.NEAR(a b) OR "c* -d ^e {f}:', [200, 400]], ['a column filter of FTS5', 'GET /diaries?select=id&title=wfts.pin:pinbeta', [200]], ['JSON path that goes on', `GET /diaries?select=title${'->a'.repeat(2000)}`, [400, 404]], ['an index beyond numbers', 'GET /diaries?title->99999999999999999999=eq.1', [400, 404]],
    ['a deep body', 'POST /diaries', [400], { body: `{"title":${deep('[', ']', 100000, '1')}}` }], ['a body of many rows', 'POST /diaries', [201, 413, 400], { body: `[${Array(3000).fill('{"title":"x"}').join(',')}]`, prefer: 'tx=rollback' }], ['an unpaired surrogate', 'POST /diaries', [400, 201], { body: '{"title":"\\ud800"}', prefer: 'tx=rollback' }], ['a body that is no text', 'POST /diaries', [400], { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }], ['a byte order mark', 'POST /diaries', [400, 201], { body: '\ufeff{"title":"x"}', prefer: 'tx=rollback' }], ['no JSON number', 'POST /diaries', [400], { body: '{"title":NaN}' }], ['a number beyond numbers', 'POST /pages', [400], { body: '{"text":"x","diary_id":1e400}' }], ['an object for a number', 'POST /pages', [400], { body: { text: 'x', diary_id: { $ne: null } } }], ['an array for a number', 'POST /pages', [400], { body: { text: 'x', diary_id: [1] } }], ['a boolean for a number', 'POST /pages', [400], { body: { text: 'x', diary_id: true } }], ['a CSV of quotes', 'POST /diaries', [400], { body: `title\n"${'""'.repeat(1000)}`, headers: { 'Content-Type': 'text/csv' } }], ['a CSV with a column twice', 'POST /diaries', [400, 201], { body: 'title,title\na,b', headers: { 'Content-Type': 'text/csv' }, prefer: 'tx=rollback' }], ['a key of length', 'POST /diaries', [400], { body: { ['k'.repeat(50000)]: 1 } }], ['keys beyond number', 'POST /diaries', [400], { body: Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 1])) }],
    ['a fraction for an integer', 'POST /pages', [400], { body: '{"text":"x","diary_id":1.5}' }], ['NUL in a stored text', 'POST /diaries?select=title', [201, 400], { body: '{"title":"a\\u0000b"}', prefer: `${REP},tx=rollback` }],
  ]) test(name, async () => {
    const begin = Date.now()
    const answer = await ask(request, options)
    assert.ok(statuses.includes(answer.status), `${answer.status}: ${answer.text.slice(0, 300)}`)
    if (answer.status >= 400) assert.deepEqual(Object.keys(answer.json), ['code', 'message', 'details', 'hint'], answer.text)
    assert.ok(answer.text.length < 200_000, 'an error is short')
    assert.ok(Date.now() - begin < 5_000, `took ${Date.now() - begin} ms`)
  })
  test('the server still answers', () => rows('GET /diaries?select=id&id=eq.1', [{ id: 1 }]))
})
