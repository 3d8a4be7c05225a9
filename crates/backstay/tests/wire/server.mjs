// Starts the built server on a schema, in a data directory of its own, and stops it. Used by every wire test.
import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bin = process.env.BACKSTAY_BIN
if (!bin) throw new Error('BACKSTAY_BIN must name the built binary; `cargo xtask test` sets it')

const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

/** Runs the binary and gives what it printed. */
export const cli = (...args) => execFileSync(bin, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A new empty folder, removed by the caller. */
export const scratch = () => mkdtempSync(join(tmpdir(), 'backstay-wire-'))

/** Where the databases of servers are made: `BACKSTAY_WIRE_DATABASE` names a PostgreSQL or MariaDB server; without it they are files. */
const at = process.env.BACKSTAY_WIRE_DATABASE
/** Which database that is: `sqlite`, `postgres` or `mysql`. What is different there is in docs/databases.md. */
export const store = at === undefined ? 'sqlite' : { 'postgres:': 'postgres', 'mysql:': 'mysql' }[new URL(at).protocol]
if (!store) throw new Error(`BACKSTAY_WIRE_DATABASE must begin with postgres: or mysql:, and is ${at}`)

const quietly = (program, args) => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
const psql = sql => quietly('psql', ['-X', '-w', '-q', '-v', 'ON_ERROR_STOP=1', '-d', at, '-c', sql])
const mariadb = sql => {
  const { hostname, port, username } = new URL(at)
  return quietly('mariadb', ['-h', hostname, '-P', port || '3306', '-u', username, '-e', sql])
}

/** Time is not what the tests are about, and the server may have much else to do. */
const PATIENT = Object.fromEntries(['POSTGRES', 'MYSQL'].flatMap(of => ['STATEMENT_TIMEOUT', 'QUEUE_WAIT_MAX'].map(name => [`BACKSTAY_${of}__${name}`, '60s'])))

/** An empty place on the server of `BACKSTAY_WIRE_DATABASE`: the settings that lead to it and what removes it. Nothing for files. */
function place() {
  const name = `wire${process.pid}_${placed += 1}`
  switch (store) {
    case 'postgres':
      psql(`CREATE SCHEMA ${name}`)
      return { env: { ...PATIENT, BACKSTAY_DATABASE_URL: `${at}?options=-c%20search_path%3D${name}` }, remove: () => psql(`DROP SCHEMA ${name} CASCADE`) }
    case 'mysql':
      mariadb(`CREATE DATABASE ${name}`)
      return { env: { ...PATIENT, BACKSTAY_DATABASE_URL: new URL(`/${name}`, at).href }, remove: () => mariadb(`DROP DATABASE ${name}`) }
    default:
      return { env: {}, remove() {} }
  }
}
let placed = 0

/** A production server on a schema, in a new data directory: `{ url, rest, data, env, anon, service, token(role, sub, claims), stop() }`, where `env` leads commands to its database. */
export async function start(schema, { env = {}, data = scratch() } = {}) {
  return run(['serve', '--schema', schema, '--data', data], data, env)
}

/** A development server on a project folder, with its data in `DIR/.backstay`. Stopping it removes the folder. */
export async function startDev(dir, { env = {} } = {}) {
  return run(['dev', dir], join(dir, '.backstay'), env, dir)
}

async function run(args, data, env, folder = data) {
  const { env: where, remove } = place()
  const server = await launch(args, { env: { BACKSTAY_REST_TX_OVERRIDE: 'true', ...where, ...env } }).catch(error => { remove(); throw error })
  const keys = JSON.parse(cli('keys', 'list', '--data', data, '--format', 'json'))
  return {
    ...server, rest: `${server.url}/rest/v1`, data, env: where, anon: keys.anon, service: keys.service,
    token: (role, sub, claims = {}) => cli('token', '--data', data, '--role', role, '--sub', sub, '--claims', JSON.stringify(claims)).trim(),
    async stop() {
      agent.destroy();
      const code = await server.stop()
      rmSync(folder, { recursive: true, force: true })
      remove()
      return code
    },
  }
}

/** Starts the binary on a free port and waits until it is ready: `{ url, log(), stop() }`. Stopping it gives its exit code. */
export async function launch(args, { env = {}, cwd } = {}) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(bin, [...args, '--listen', `127.0.0.1:${port}`], {
    cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stdout.on('data', chunk => { log += chunk })
  child.stderr.on('data', chunk => { log += chunk })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const deadline = Date.now() + 30_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${log}`)
    if (Date.now() > deadline) { child.kill('SIGKILL'); throw new Error(`the server was not ready in time:\n${log}`) }
    const ready = await fetch(`${url}/health/ready`).then(r => r.ok, () => false)
    if (ready) break
    await new Promise(resolve => { setTimeout(resolve, 20) })
  }
  return {
    url,
    pid: child.pid,
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      const code = await ended
      clearTimeout(timer)
      return code
    },
  }
}

/** Sends a request as a caller; gives status, headers, text and JSON when it is JSON. */
export async function send(server, token, method, path, { body, headers = {} } = {}) {
  const all = { apikey: server.anon, ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers }
  if (body !== undefined && !Object.keys(all).some(h => h.toLowerCase() === 'content-type')) all['Content-Type'] = 'application/json'
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const res = await fetch(server.rest + path, { method, headers: all, body: payload, signal: AbortSignal.timeout(10_000) })
  const text = await res.text()
  let json
  try { json = JSON.parse(text) } catch { json = undefined }
  return { status: res.status, headers: res.headers, text, json }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })

/** A path, with what no URL may hold escaped. */
const escaped = path => path.replace(/[ "<>]/g, encodeURIComponent)

/** Like `send`, with exactly these bytes as path, headers and body, and `token: null` for no credential at all. Writes are rolled back unless they say otherwise. */
export function exact(server, method, path, { headers = {}, prefer, body, token = server.anon, keep = false } = {}) {
  const all = { ...(token === null ? {} : { apikey: server.anon, Authorization: `Bearer ${token}` }), ...headers }
  const writes = !keep && ['POST', 'PATCH', 'DELETE', 'PUT'].includes(method)
  const preferences = [prefer, writes ? 'tx=rollback' : undefined].filter(Boolean)
  if (preferences.length) all.Prefer = preferences
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  if (payload !== undefined) {
    if (!Object.keys(all).some(h => h.toLowerCase() === 'content-type')) all['Content-Type'] = 'application/json'
    all['Content-Length'] = Buffer.byteLength(payload)
  }
  const { hostname, port, pathname } = new URL(server.rest)
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, hostname, port, method, path: pathname + escaped(path), headers: all, timeout: 20_000 }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        let json
        try { json = JSON.parse(text) } catch { json = undefined }
        resolve({ status: response.statusCode, headers: response.headers, text, json })
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', reject)
    request.end(payload)
  })
}
