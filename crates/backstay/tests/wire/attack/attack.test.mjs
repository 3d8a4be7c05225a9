// Attempts to read and write what a caller has no right to, by the classes in which products of this kind were attacked. The cases
// stand in cases.json, and each is put to every door it fits through: the answer must be the one it names, hold no secret, come
// in time, and leave the database file unchanged. Cases that have steps are sign-in's: sign_in.test.mjs plays them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { scratch, send, start } from '../server.mjs'
import { SECRET, USER, doors, spelled } from './doors.mjs'

const { secrets, hidden, classes: written } = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'))
const classes = written.map(({ cases, ...rest }) => ({ ...rest, cases: cases?.filter(one => !one.steps) })).filter(one => one.absent || one.cases.length)
const B = '018f0000-0000-7000-8000-00000000000b'
const SLOW_MS = 5_000, ANSWER_MAX = 200_000
let server

const diary = (id, owner, title, open, rest) => ({ id, owner, title, open, slug: `slug${id}`, vault: `V4ULT-${id}`, entry: 'ENTRY', extra: { k: 'X7RA' }, alias: `AL1AS${id}`, labels: ['L4BEL'], ...rest })
const ROWS = [
  ['diaries', [diary(1, USER, 'mine', false, { score: 77011, pin: 'pinalpha' }), diary(2, B, 'open-b', true, { score: 77022, pin: 'pinbeta' }), diary(3, B, 'shut-b', false, { score: 3, pin: 'pingamma' }), diary(4, USER, 'sealed', false, { score: 4, pin: 'pindelta' })]],
  ['pages', [{ id: 1, text: 'p1', diary_id: 1 }, { id: 2, text: 'p2', diary_id: 2 }, { id: 3, text: 'p3', diary_id: 3 }]],
  ['notices', [{ id: 1, text: 'n1', diary_id: 1 }, { id: 2, text: 'n2', diary_id: 2 }, { id: 3, text: 'n3', diary_id: 3 }]],
  ['boards', [{ id: 1, text: '<script>alert(1)</script>' }]],
  ['closed', [{ id: 1, word: 'w' }]],
  ['seats', [{ org: 'blue', name: 'one' }, { org: 'red', name: 'two' }]],
]

before(async () => {
  const schema = new URL('../fixtures/attack.graphql', import.meta.url).pathname
  // The keys that the command line prints are signed with it too.
  process.env.BACKSTAY_JWT_SECRET = SECRET
  server = await start(schema, { env: { BACKSTAY_LOG: 'debug' } })
  Object.assign(server, { schema, offline: scratch() })
  for (const [table, body] of ROWS) {
    const answer = await send(server, server.service, 'POST', `/${table}`, { body })
    assert.equal(answer.status, 201, `${table}: ${answer.text}`)
    execFileSync(process.env.BACKSTAY_BIN, ['import', table, '-', '--format', 'json', '--schema', schema, '--data', server.offline], { input: JSON.stringify(body.map(({ pass, entry, ...row }) => row)), stdio: ['pipe', 'pipe', 'pipe'] })
  }
})

after(async () => {
  if (!server) return
  const log = server.log()
  assert.equal(await server.stop(), 0, 'the server stops cleanly')
  rmSync(server.offline, { recursive: true, force: true })
  for (const { class: number, title, absent, cases = [] } of classes) {
    console.log(`class ${number}, ${title}: ${absent ? `no case: ${absent}` : `${cases.length} cases, ${asked.get(number) ?? 0} requests`}`)
  }
  const total = classes.reduce((sum, { cases = [] }) => sum + cases.length, 0)
  console.log(`attack: ${total} cases of ${classes.filter(c => c.cases).length} classes, ${[...asked.values()].reduce((a, b) => a + b, 0)} requests, ${dumps} compared by their dump`)
  // A number may stand within the digits of a time.
  const shows = secret => /^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(log) : log.includes(secret)
  for (const secret of [...secrets, SECRET, server.service, server.anon]) assert.ok(!shows(secret), `the log shows ${secret.slice(0, 12)}…`)
  for (const line of log.split('\n')) assert.ok(!/^\s*(\{"?)?FORGED/.test(line), `a line of the log was forged: ${line}`)
  assert.ok(!log.includes('\u001b[2J'), 'the log carries escape sequences of a client')
})

/** Requests so far, by class. */
const asked = new Map()
let dumps = 0

/** The files of a database, hashed; and what is in them, when the files differ for reasons of their own. */
const files = dir => readdirSync(dir).filter(name => /\.(db|sqlite)(-wal)?$/.test(name)).map(name => join(dir, name))
const hash = dir => files(dir).map(file => createHash('sha256').update(readFileSync(file)).digest('hex')).join(' ')
const dump = dir => {
  dumps++
  return files(dir).filter(name => !name.endsWith('-wal')).map(file => createHash('sha256').update(execFileSync('sqlite3', ['-readonly', file, '.dump'], { maxBuffer: 1 << 28 })).digest('hex')).join(' ')
}
const states = new Map()
function unchanged(dir) {
  const now = { hash: hash(dir) }
  const known = states.get(dir)
  if (known?.hash === now.hash) return
  now.dump = dump(dir)
  states.set(dir, now)
  if (known) assert.equal(now.dump, known.dump, 'the database has changed')
}

function judge(one, answer) {
  const shown = `${answer.status} ${answer.text.slice(0, 400)}`
  const wanted = [one.status ?? (one.json || one.equals !== undefined ? [200, 201, 206] : undefined)].flat()
  if (wanted[0] !== undefined) assert.ok(wanted.includes(answer.status), `wanted ${wanted}, got ${shown}`)
  assert.ok(answer.status < 500 || wanted.includes(answer.status), shown)
  if (one.code) assert.equal(answer.code, one.code, shown)
  if (one.json) assert.deepEqual(answer.json, one.json, shown)
  if (one.equals !== undefined) assert.equal(answer.text, one.equals)
  for (const part of [one.says ?? []].flat()) assert.ok(answer.text.includes(part), `does not say ${part}: ${shown}`)
  for (const part of [one.never ?? []].flat()) assert.ok(!answer.text.includes(part), `says ${part}: ${shown}`)
  for (const [name, value] of Object.entries(one.answers ?? {})) assert.equal(answer.headers[name] ?? null, value, name)
  if (one.details === null && answer.json) assert.equal(answer.json.details, null, shown)
  if (one.once) assert.ok(answer.answers <= 1, `${answer.answers} answers to one request: ${shown}`)
  const members = answer.json?.errors ? ['errors'] : ['code', 'message', 'details', 'hint']
  if (answer.status >= 400 && answer.json) assert.deepEqual(Object.keys(answer.json).slice(0, 4), members, shown)
  if (one.control) return
  assert.ok(answer.text.length < ANSWER_MAX || one.door === 'http', 'an answer is short')
  const sent = JSON.stringify(one), told = answer.text + JSON.stringify(answer.headers)
  for (const secret of secrets) assert.ok(sent.includes(secret) || !told.includes(secret), `shows ${secret}: ${shown}`)
}

for (const { class: number, title, cases = [] } of classes) describe(`class ${number}: ${title}`, () => {
  for (const written of cases) test(written.name ?? `${written.request ?? written.raw?.slice(0, 60)} ${JSON.stringify(written.body ?? written.text ?? '').slice(0, 60)} ${written.as ? JSON.stringify(written.as).slice(0, 40) : ''}`.trim(), async () => {
    for (const one of spelled(written, hidden)) for (const [door, ask] of doors(one)) {
      const dir = door === 'import' ? server.offline : server.data
      if (!states.has(dir)) unchanged(dir)
      const begin = Date.now()
      try {
        const answer = await ask(server, one)
        judge(one, answer)
        if (one.like) {
          const [, again] = [...doors({ ...one, request: one.like })].find(([name]) => name === door)
          const other = await again(server, one)
          assert.deepEqual([answer.status, answer.text, answer.headers['content-range']], [other.status, other.text, other.headers['content-range']], 'the answers differ')
        }
        assert.ok(Date.now() - begin < SLOW_MS, `took ${Date.now() - begin} ms`)
        unchanged(dir)
      } catch (error) {
        error.message = `${door}: ${one.request ?? ''} ${error.message}`
        throw error
      }
      asked.set(number, (asked.get(number) ?? 0) + 1)
    }
  })
})

test('the server still answers', async () => {
  const answer = await send(server, server.service, 'GET', '/diaries?select=id&order=id')
  assert.equal(answer.text, '[{"id":1},{"id":2},{"id":3},{"id":4}]')
  assert.ok(existsSync(server.data))
})
