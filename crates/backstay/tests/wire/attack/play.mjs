// Cases of sign-in: requests in a row, with the mails between them. Values that one answer or mail gives are named and used by the
// next ones. Everything secret that passes is remembered, and must be in no log and no metric at the end.
import assert from 'node:assert/strict'
import http from 'node:http'
import { fakeIdp } from '../auth/idp.mjs'
import { mailbox } from '../auth/mailbox.mjs'
import { totp } from '../auth/totp.mjs'
import { start } from '../server.mjs'
import { token } from './doors.mjs'

const PASSWORD = 'correct horse battery 7', OTHER = 'staple purple monkey 9'
export const ENV = {
  BACKSTAY_LOG: 'debug', BACKSTAY_SITE_URL: 'http://app.example.org/welcome', BACKSTAY_AUTH__REDIRECT_URLS: 'http://app.example.org/*',
  BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__LIMITS__MAIL_PER_HOUR: '100000', BACKSTAY_AUTH__CODES__MAIL_GAP: '0s',
  // Ten digits are found in a log by accident far more seldom than six.
  BACKSTAY_AUTH__CODES__LENGTH: '10', BACKSTAY_AUTH__CONFIRM_PAGE: 'false',
  BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
}
const SCHEMA = new URL('../fixtures/reference.graphql', import.meta.url).pathname
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
let count = 0

/** A server with its mailbox and a sign-in provider that signs anything, and the secrets that passed through it. */
export async function open(env = {}) {
  const [mail, idp] = await Promise.all([mailbox(), fakeIdp()])
  const provider = {
    BACKSTAY_AUTH__PROVIDERS__LIAR__CLIENT_ID: 'app,app-android', BACKSTAY_AUTH__PROVIDERS__LIAR__SECRET: 'x', BACKSTAY_AUTH__PROVIDERS__LIAR__ISSUER: idp.issuer,
  }
  const server = await start(SCHEMA, { env: { ...ENV, ...provider, BACKSTAY_MAIL_URL: mail.url, ...env } })
    .catch(async error => { await Promise.all([mail.stop(), idp.stop()]); throw error })
  return { server, mail, idp, env, secrets: new Set([PASSWORD, OTHER]) }
}

/** Stops it; says what it should not have written or counted. */
export async function close(gate) {
  const metrics = await ask(gate.server, { request: 'GET /metrics', as: '{service}' }, { service: gate.server.service })
  agent.destroy()
  const code = await gate.server.stop()
  await Promise.all([gate.mail.stop(), gate.idp.stop()])
  assert.equal(code, 0, 'the server stops cleanly')
  assert.equal(metrics.status, 200, metrics.text)
  const log = gate.server.log()
  for (const secret of gate.secrets) {
    assert.ok(!log.includes(secret), `the log shows ${secret}: ${log.split('\n').find(line => line.includes(secret))}`)
    assert.ok(!metrics.text.includes(secret), `the metrics show ${secret}`)
  }
  for (const line of log.split('\n')) assert.ok(!/^\s*(\{"?)?FORGED/.test(line), `a line of the log was forged: ${line}`)
  assert.ok(!log.includes('\u001b[2J'), 'the log carries escape sequences of a client')
}

const base64 = value => Buffer.from(value).toString('base64url')
/** What can be made of a value: `{tampered:ana.access}`. */
const MADE = {
  totp: secret => totp(secret),
  wrong: code => code.replace(/./g, digit => (Number(digit) + 1) % 10),
  /** Another role in the claims, under the old signature. */
  tampered: jwt => { const [head, body, mac] = jwt.split('.'); return `${head}.${base64(Buffer.from(body, 'base64url').toString().replace('"authenticated"', '"service_role"'))}.${mac}` },
  /** Signed by nobody. */
  unsigned: jwt => `${base64('{"alg":"none","typ":"JWT"}')}.${jwt.split('.')[1]}.`,
  /** One bit of the last but one character. */
  bent: text => text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.at(-1),
  upper: text => text.toUpperCase(),
  spelled: text => encodeURIComponent(text),
}
const filled = (value, known) => {
  if (typeof value === 'string') {
    return value.replace(/\{(?:(\w+):)?([\w.]+)\}/g, (whole, made, name) => {
      if (!(name in known)) return whole
      return made ? MADE[made](known[name]) : known[name]
    })
  }
  if (Array.isArray(value)) return value.map(one => filled(one, known))
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, one]) => [filled(name, known), filled(one, known)]))
  return value
}

/** Sends one request; the path is one of sign-in unless it says otherwise. */
export function ask(server, written, known) {
  const one = filled(written, known)
  const { hostname, port } = new URL(server.url)
  const [method, path] = one.request.split(/ (.*)/s)
  const bearer = typeof one.as === 'object' ? token(server, one.as) : one.as
  const key = one.key === undefined ? server.anon : one.key === 'service' ? server.service : one.key
  const headers = { 'X-Supabase-Api-Version': '2024-01-01', 'Content-Type': 'application/json', ...(key === null ? {} : { apikey: key }), ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...one.headers }
  const body = one.text ?? (one.body === undefined ? undefined : JSON.stringify(one.body))
  if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body)
  return new Promise((resolve, reject) => {
    const place = /^(\/rest\/|\/metrics|http:)/.test(path) ? path : `/auth/v1${path}`
    const request = http.request({ agent, hostname, port, method, path: place, headers, timeout: 30_000, insecureHTTPParser: true }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk)).on('error', reject).on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        let json
        try { json = JSON.parse(text) } catch { json = undefined }
        resolve({ status: response.statusCode, headers: response.headers, text, json })
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject).end(body)
  })
}

/** What must hold of one answer. */
function weigh(step, answer, known) {
  const shown = `${answer.status} ${answer.text.slice(0, 300)} ${answer.headers.location ?? ''}`
  assert.ok(answer.status < 500 || [step.status].flat().includes(answer.status), shown)
  if (step.status !== undefined) assert.ok([step.status].flat().includes(answer.status), `wanted ${step.status}, got ${shown}`)
  if (step.code) assert.ok([step.code].flat().includes(answer.json?.code), `wanted ${step.code}, got ${shown}`)
  const told = answer.text + JSON.stringify(answer.headers)
  for (const part of [step.says ?? []].flat()) assert.ok(told.includes(filled(part, known)), `does not say ${part}: ${shown}`)
  for (const part of [step.never ?? []].flat()) assert.ok(!told.includes(filled(part, known)), `says ${part}: ${shown}`)
  if (step.error) assert.equal(answer.json?.error, step.error, shown)
  if (step.json) assert.deepEqual(answer.json, filled(step.json, known), shown)
  if (step.location) assert.ok(answer.headers.location?.startsWith(filled(step.location, known)), `leads elsewhere: ${shown}`)
}

/** The value that a path of an answer names: `user.id`, `header:etag`, `cookie:bs-at`, `query:code` or `fragment:access_token` of where it leads. */
function part(answer, path) {
  const [kind, name] = path.includes(':') ? path.split(':') : ['body', path]
  if (kind === 'header') return answer.headers[name]
  if (kind === 'cookie') return (answer.headers['set-cookie'] ?? []).map(line => line.split(';')[0]).find(line => line.startsWith(`${name}=`))?.slice(name.length + 1)
  if (kind === 'query') return new URL(answer.headers.location).searchParams.get(name)
  if (kind === 'fragment') return new URLSearchParams(new URL(answer.headers.location).hash.slice(1)).get(name)
  return name.split('.').reduce((value, member) => value?.[member], answer.json)
}

const SECRET_PARTS = ['access_token', 'refresh_token', 'reset_token', 'totp.secret', 'recovery_codes.0', 'api_key', 'cookie:bs-at', 'cookie:bs-rt']
function remember(gate, answer) {
  for (const path of SECRET_PARTS) {
    const value = part(answer, path)
    if (typeof value === 'string' && value.length > 8) gate.secrets.add(value)
  }
}

/** The letter of a mail: what it says, its code, its link and the token in the link. */
async function read(gate, address) {
  const letter = await gate.mail.waitFor(address, undefined, 30_000)
  const link = gate.mail.link(letter), code = letter.text.match(/(?<!\d)\d{10}(?!\d)/)?.[0]
  const hash = link && new URL(link).searchParams.get('token')
  for (const secret of [code, hash]) if (secret) gate.secrets.add(secret)
  const text = [letter.subject, letter.text, letter.html, JSON.stringify([...letter.headers])].join('\n')
  return { link, code, hash, path: link && link.slice(link.indexOf('/verify')), text, to: letter.to }
}

async function mailed(gate, step, known) {
  const letter = await read(gate, filled(step.mail, known))
  assert.deepEqual(letter.to, [filled(step.mail, known)], 'one recipient')
  for (const text of [step.says ?? []].flat()) assert.ok(letter.text.includes(filled(text, known)), `the mail does not say ${text}:\n${letter.text}`)
  for (const text of [step.never ?? []].flat()) assert.ok(!letter.text.includes(filled(text, known)), `the mail says ${text}:\n${letter.text}`)
  for (const [name, path] of Object.entries(step.keep ?? {})) known[name] = letter[path]
}

/** Nobody, an account whose address is not proven, one whose is, with a session, and an administrator's. */
async function person(gate, name, kind, known) {
  const email = `${name}.${++count}@example.com`
  known[name] = email
  if (kind === 'nobody') return
  const signed = await ask(gate.server, { request: 'POST /signup', body: { email, password: PASSWORD, data: { name } } }, {})
  assert.equal(signed.status, 200, signed.text)
  known[`${name}.id`] = signed.json.id
  const letter = await read(gate, email)
  if (kind === 'unproven') return Object.assign(known, { [`${name}.code`]: letter.code, [`${name}.hash`]: letter.hash })
  const proven = await ask(gate.server, { request: 'POST /verify', body: { type: 'signup', email, token: letter.code } }, {})
  assert.equal(proven.status, 200, proven.text)
  remember(gate, proven)
  Object.assign(known, { [`${name}.access`]: proven.json.access_token, [`${name}.refresh`]: proven.json.refresh_token })
  if (kind !== 'admin') return
  const raised = await ask(gate.server, { request: `PATCH /rest/v1/learners?id=eq.${signed.json.id}`, as: '{service}', body: { role: 'admin' } }, { service: gate.server.service })
  assert.equal(raised.status, 204, raised.text)
}

/** A token of the provider; claims that are null are left out. */
function signed(gate, step, known) {
  const { exp_in: exp, nbf_in: nbf, ...said } = filled(step.claims, known), now = Math.floor(Date.now() / 1000)
  const claims = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, value ?? undefined]))
  if (exp !== undefined) claims.exp = now + exp
  if (nbf !== undefined) claims.nbf = now + nbf
  known[step.signed] = gate.idp.token(claims, {
    ...(step.header ? { header: step.header } : {}), ...(step.signer ? { key: gate.idp[step.signer] } : {}),
    ...(step.signature === undefined ? {} : { parts: text => `${text}.${step.signature}` }),
  })
}

/** Many at once, of which so many may win; those who do may have to be given the same. */
async function race(gate, step, known) {
  const answers = await Promise.all(Array.from({ length: step.race }, () => ask(gate.server, step, known)))
  for (const answer of answers) remember(gate, answer)
  const won = answers.filter(answer => step.won ? answer.headers.location?.includes(step.won) : answer.status < 300)
  const statuses = answers.map(answer => answer.status).join()
  if (step.alike) assert.equal(new Set(won.map(answer => part(answer, step.alike))).size, 1, `they got different ones: ${statuses}`)
  else assert.equal(won.length, step.wins, `${won.length} of ${step.race} won: ${statuses} ${answers.find(answer => answer.status >= 400)?.text ?? ''}`)
  for (const answer of answers) if (!won.includes(answer)) weigh({ status: step.lost }, answer, known)
  return { answer: won[0], requests: answers.length }
}

/** What may differ between two answers to the same request: when it was given, and ids and addresses that were put in. */
const bare = (answer, known, apart) => {
  const body = apart ? JSON.stringify({ ...answer.json, [apart]: undefined }) : answer.text
  let text = JSON.stringify([answer.status, Object.entries(answer.headers).filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name)), body])
  for (const who of ['ana', 'bea', 'nobody']) text = text.replaceAll(known[who], 'ADDRESS').replaceAll(encodeURIComponent(known[who]), 'ADDRESS')
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}

/** The same request about an account, one that is not proven, and nobody: one answer. */
async function enumerate(gate, step, known) {
  const told = {}
  for (const who of step.alike_for) {
    let answer
    for (let n = 0; n < (step.repeat ?? 1); n++) answer = await ask(gate.server, step, { ...known, who: known[who] })
    weigh(step, answer, known)
    told[who] = bare(answer, known, step.apart_from)
  }
  const [first, ...others] = Object.entries(told)
  for (const other of others) {
    if (step.differs) assert.notEqual(other[1], first[1], 'the difference that is stated is not there')
    else assert.equal(other[1], first[1], `${other[0]} is told from ${first[0]}`)
  }
  return step.alike_for.length * (step.repeat ?? 1)
}

/** Plays a case once for each of its values; gives how many requests it made. */
export async function play(shared, one) {
  const gate = one.env ? await open(one.env) : shared
  let requests = 0
  try {
    for (const value of one.each ?? [undefined]) {
      const known = { password: PASSWORD, other: OTHER, url: gate.server.url, issuer: gate.idp.issuer, anon: gate.server.anon, service: gate.server.service, id: '018f0000-0000-7000-8000-00000000000a' }
      const place = value === undefined ? '' : ` (${JSON.stringify(value)})`
      for (const [name, kind] of Object.entries(one.people ?? {})) await person(gate, name, kind, known)
      for (const [at, written] of JSON.parse(JSON.stringify(one.steps), (_, text) => put(text, value)).entries()) {
        try {
          requests += await act(gate, written, known)
        } catch (error) {
          error.message = `step ${at + 1}${place}, ${written.request ?? `mail to ${written.mail}`}: ${error.message}`
          throw error
        }
      }
    }
  } finally {
    if (gate !== shared) await close(gate)
  }
  return requests
}

/** `{each}` alone is the value itself, of whatever type. */
const put = (text, value) => {
  if (typeof text !== 'string' || value === undefined) return text
  return text === '{each}' ? value : text.replaceAll('{each}', () => typeof value === 'string' ? value : JSON.stringify(value))
}

async function act(gate, step, known) {
  if (step.signed) { signed(gate, step, known); return 0 }
  if (step.mail) { await mailed(gate, step, known); return 0 }
  if (step.alike_for) return enumerate(gate, step, known)
  let answer, requests = step.repeat ?? 1
  if (step.race) ({ answer, requests } = await race(gate, step, known))
  else for (let n = 0; n < requests; n++) answer = await ask(gate.server, JSON.parse(JSON.stringify(step).replaceAll('#', n)), known)
  if (answer) {
    if (!step.race) weigh(step, answer, known)
    remember(gate, answer)
    for (const [name, path] of Object.entries(step.keep ?? {})) {
      known[name] = part(answer, path)
      assert.ok(known[name], `no ${path} in ${answer.text} ${answer.headers.location ?? ''}`)
    }
  }
  return requests
}
