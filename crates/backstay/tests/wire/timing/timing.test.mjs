// How long known and unknown accounts take, on sign-in, reset and code: BACKSTAY_TIMING_PAIRS of each, in turn, on one connection.
// Prints medians and the p of Mann and Whitney's test; judges them only where BACKSTAY_TIMING_JUDGE is set, since other work on a
// machine falsifies them.
import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { start } from '../server.mjs'

const PAIRS = Number(process.env.BACKSTAY_TIMING_PAIRS ?? 100)
/** So often may a password fail without a wait. */
const FREE = 4
const MEDIANS_MS_MAX = 2, P_MIN = 0.01
const PASSWORD = 'correct horse battery 7'
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
let server

const ask = (path, body) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(server.url), text = JSON.stringify(body)
  const begin = process.hrtime.bigint()
  const headers = { apikey: server.anon, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  http.request({ agent, hostname, port, method: 'POST', path: `/auth/v1${path}`, headers }, response => {
    response.resume().on('end', () => resolve({ status: response.statusCode, ms: Number(process.hrtime.bigint() - begin) / 1e6 }))
  }).on('error', reject).end(text)
})

before(async () => {
  server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_LOG: 'error', BACKSTAY_AUTH__LIMITS__ENABLED: 'false', BACKSTAY_AUTH__CONFIRM_EMAIL: 'false',
    BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
  for (let n = 0; n < Math.ceil(PAIRS / FREE); n++) {
    const { status } = await ask('/signup', { email: `known.${n}@example.com`, password: PASSWORD, data: { name: 'Known' } })
    assert.equal(status, 200)
  }
})
after(async () => { agent.destroy(); assert.equal(await server.stop(), 0) })

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]

/** The probability of ranks that differ this much or more when both come from one source; two-sided, by the normal distribution. */
function mannWhitney(a, b) {
  const ranked = [...a.map(value => ({ value, first: true })), ...b.map(value => ({ value, first: false }))].toSorted((x, y) => x.value - y.value)
  let sum = 0
  for (let at = 0; at < ranked.length;) {
    let end = at
    while (end < ranked.length && ranked[end].value === ranked[at].value) end++
    for (let n = at; n < end; n++) if (ranked[n].first) sum += (at + end + 1) / 2
    at = end
  }
  const u = sum - a.length * (a.length + 1) / 2
  const z = Math.abs(u - a.length * b.length / 2) / Math.sqrt(a.length * b.length * (a.length + b.length + 1) / 12)
  // Abramowitz and Stegun 26.2.17, good to seven places.
  const t = 1 / (1 + 0.2316419 * z)
  const tail = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return Math.min(1, 2 * tail)
}

const ROUTES = [
  ['sign-in', '/token?grant_type=password', { password: 'another horse battery 8' }, 400],
  ['reset', '/recover', {}, 200],
  ['code', '/otp', { create_user: false }, 200],
]

for (const [name, path, rest, status] of ROUTES) test(`${name}: ${PAIRS} of each`, async () => {
  const took = { known: [], unknown: [] }
  for (let n = 0; n < PAIRS; n++) {
    // Which of the two comes first changes, so that what one leaves behind falls on both.
    for (const who of n % 2 ? ['known', 'unknown'] : ['unknown', 'known']) {
      const answer = await ask(path, { email: `${who}.${Math.floor(n / FREE)}@example.com`, ...rest })
      assert.equal(answer.status, status)
      took[who].push(answer.ms)
    }
  }
  const [known, unknown] = [median(took.known), median(took.unknown)], p = mannWhitney(took.known, took.unknown)
  console.log(`${name}: known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms, difference ${(known - unknown).toFixed(2)} ms, p ${p.toFixed(4)}`)
  if (!process.env.BACKSTAY_TIMING_JUDGE) return
  assert.ok(Math.abs(known - unknown) <= MEDIANS_MS_MAX, `medians differ by ${Math.abs(known - unknown).toFixed(2)} ms`)
  assert.ok(p > P_MIN, `p is ${p}`)
})
