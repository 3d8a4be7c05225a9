// The ways in which one case can be put to the server: alone, as rows of an operation, in bulk, in a transaction, as bytes on a
// socket, as a file to import. Each gives an answer of one form: `{ status, code, json, text, headers }`.
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import http from 'node:http'
import { connect } from 'node:net'
import { exact } from '../server.mjs'

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE']
const TABLE = /^\/(diaries|notices|pages)(?=\?|$)/
/** What the server signs tokens with, so that cases can forge them. */
export const SECRET = 'a-secret-of-the-attack-cases-that-is-long-enough'
export const USER = '018f0000-0000-7000-8000-00000000000a'

/** `⟦3×ab⟧` is `ababab`; `#` in it is the number of the repetition. */
const unfolded = text => text.replace(/⟦(\d+)×([^⟧]*)⟧/g, (_, n, part) => Array.from({ length: Number(n) }, (_, at) => part.replaceAll('#', at)).join(''))
const deep = value => {
  if (typeof value === 'string') return unfolded(value)
  if (Array.isArray(value)) return value.map(deep)
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, member]) => [unfolded(name), deep(member)]))
  return value
}

/** A case for each column that it is about, its abbreviations written out. */
export function* spelled(one, hidden) {
  for (const column of one.each === 'hidden' ? hidden : ['']) yield deep(JSON.parse(JSON.stringify(one).replaceAll('{hidden}', column)))
}

/** The token of who a case is asked as; `null` for nobody. */
export function token(server, who = 'user') {
  const part = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  if (who === 'none') return null
  if (who === 'anon') return server.anon
  if (who === 'service') return server.service
  const exp = Math.floor(Date.now() / 1000) + 600
  const { header = { alg: 'HS256', typ: 'JWT' }, claims, key = SECRET, signature, raw } = {
    user: { claims: { role: 'authenticated', sub: USER, exp } },
    admin: { claims: { role: 'authenticated', sub: '018f0000-0000-7000-8000-0000000000ad', app_metadata: { role: 'admin' }, exp } },
  }[who] ?? who
  if (raw !== undefined) return raw
  const message = `${part(header)}.${part(typeof claims === 'string' ? claims : { exp, ...claims })}`
  return `${message}.${signature ?? createHmac('sha256', key).update(message).digest('base64url')}`
}

const coded = answer => ({ ...answer, code: answer.json?.code ?? /error=(\S+)$/.exec(answer.headers['proxy-status'] ?? '')?.[1] })
const payload = one => one.hex !== undefined ? Buffer.from(one.hex, 'hex') : one.text ?? one.body

/** Sends a REST request for real: nothing is rolled back unless the case says so. */
async function rest(server, one, request = one.request, body = payload(one)) {
  const space = request.indexOf(' ')
  return coded(await exact(server, request.slice(0, space), request.slice(space + 1), { token: token(server, one.as), headers: one.headers, prefer: one.prefer, body, keep: true }))
}

/** The same as the only operation of a transaction. */
async function transaction(server, one, request = one.request, body = one.body) {
  const space = request.indexOf(' ')
  const prefers = (one.prefer ?? '').split(',').filter(Boolean)
  const [whole, own] = [prefers.filter(p => p.startsWith('tx=')), prefers.filter(p => !p.startsWith('tx='))]
  const path = encodeURI(request.slice(space + 1)).replaceAll('%25', '%').replaceAll('#', '%23')
  const operation = { method: request.slice(0, space), path, body, ...(own.length ? { headers: { Prefer: own.join(',') } } : {}) }
  const answer = await rest(server, { as: one.as, prefer: whole.join(',') || undefined }, 'POST /', [operation])
  if (answer.status !== 200 || !Array.isArray(answer.json)) {
    const { operation: at, ...json } = answer.json ?? {}
    return { ...answer, json, operation: at }
  }
  const [only] = answer.json
  return { ...answer, ...only, json: only.body, text: only.body === null ? '' : JSON.stringify(only.body) }
}

/** A request to the server as a whole, whatever its path. */
function page(server, one) {
  const { hostname, port } = new URL(server.url)
  const [method, path] = one.request.split(/ (.*)/s)
  const headers = { ...(token(server, one.as ?? 'none') ? { Authorization: `Bearer ${token(server, one.as)}` } : {}), ...one.headers }
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, headers, timeout: 20_000 }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk)).on('error', reject).on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        let json
        try { json = JSON.parse(text) } catch { json = undefined }
        resolve(coded({ status: response.statusCode, headers: response.headers, text, json }))
      })
    })
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer'))).end(payload(one))
  })
}

/** Bytes on a socket. The status is that of the first answer, 0 when the connection is closed without one; `answers` counts them. */
function bytes(server, one) {
  const { hostname, port } = new URL(server.url)
  const sent = one.hex !== undefined ? Buffer.from(one.hex, 'hex') : Buffer.from(one.raw.replaceAll('{user}', token(server, 'user')), 'latin1')
  return new Promise(resolve => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(sent))
    const end = () => {
      socket.destroy()
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(match => Number(match[1]))
      resolve({ status: statuses[0] ?? 0, text, headers: {}, answers: statuses.length })
    }
    socket.setTimeout(1_500, end)
    socket.on('data', chunk => { text += chunk.toString('latin1') }).on('error', () => {}).on('close', end)
  })
}

/** The same request again and again, with headers that pretend to be somebody else's; the last answer counts. */
async function burst(server, one) {
  let answer
  for (let n = 0; n < one.burst; n++) answer = await rest(server, { ...one, headers: JSON.parse(JSON.stringify(one.headers ?? {}).replaceAll('#', n)) })
  return answer
}

/** A file that the operator imports into a data directory of its own; what it prints stands for the body, 2xx for success. */
function imported(server, one) {
  const { model, format, text } = one.import
  const run = spawnSync(process.env.BACKSTAY_BIN, ['import', model, '-', '--format', format, '--schema', server.schema, '--data', server.offline], { input: text, encoding: 'utf8', timeout: 60_000 })
  return { status: run.status === 0 ? 200 : run.status === null ? 500 : 400, text: run.stdout + run.stderr, headers: {} }
}

/** Every door that a case fits through: name and a function that asks. */
export function* doors(one) {
  const left = name => !(one.not ?? []).includes(name)
  if (one.raw !== undefined || one.door === 'raw') return yield ['socket', bytes]
  if (one.import) return yield ['import', imported]
  if (one.burst) return yield ['burst', burst]
  if (one.door === 'http') return yield ['http', page]
  yield ['rest', server => rest(server, one)]
  const [method, path] = one.request.split(/ (.*)/s)
  const plain = METHODS.includes(method) && !one.headers && one.text === undefined && one.hex === undefined && path.startsWith('/')
  if (plain && left('transaction')) yield ['transaction', server => transaction(server, one)]
  if (method === 'POST' && plain && one.body?.constructor === Object && !path.startsWith('/rpc/') && left('bulk')) {
    yield ['bulk', server => rest(server, one, one.request, [one.body])]
    if (left('transaction')) yield ['bulk in a transaction', server => transaction(server, one, one.request, [one.body])]
  }
  if (!['GET', 'HEAD'].includes(method) || !TABLE.test(path) || !left('rpc')) return
  const call = path.replace(TABLE, '/rpc/all_$1')
  yield ['rpc', server => rest(server, one, `${method} ${call}`)]
  if (method === 'GET') yield ['rpc by POST', server => rest(server, one, `POST ${call}`, {})]
  if (plain && left('transaction')) yield ['rpc in a transaction', server => transaction(server, one, `${method} ${call}`)]
}
