// HTTPS of the real binary: settings, keys of both kinds, a certificate that is replaced, and what is said about mistakes.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scratch } from '../server.mjs'

const schema = new URL('../fixtures/library.graphql', import.meta.url).pathname
const bin = process.env.BACKSTAY_BIN
const folder = scratch()
after(() => rmSync(folder, { recursive: true, force: true }))

/** A self-signed certificate for localhost: `{ cert, key, ca }`. */
function certificate(name, ...kind) {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key, ca: readFileSync(cert) }
}
const rsa = certificate('rsa', '-newkey', 'rsa:2048')
const ec = certificate('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')

const freePort = () => new Promise(resolve => {
  const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)) })
})
const environment = ({ cert, key }, more = {}) => ({ ...process.env, BACKSTAY_SERVER__TLS__CERT: cert, BACKSTAY_SERVER__TLS__KEY: key, ...more })

const get = (port, ca, path = '/health/ready') => new Promise((resolve, reject) => {
  const request = https.get({ host: '127.0.0.1', servername: 'localhost', port, path, ca, agent: false, timeout: 5_000 }, response => {
    response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }))
  })
  request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject)
})
const until = async (what, attempt) => {
  const deadline = Date.now() + 20_000
  for (;;) {
    const last = await attempt().catch(error => error)
    if (!(last instanceof Error) && last) return last
    assert.ok(Date.now() < deadline, `${what}: ${last}`)
    await new Promise(resolve => { setTimeout(resolve, 20) })
  }
}

async function serve(pair, more) {
  const port = await freePort()
  const child = spawn(bin, ['serve', '--schema', schema, '--data', join(folder, `data-${port}`), '--listen', `127.0.0.1:${port}`], { env: environment(pair, more), stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', chunk => { log += chunk })
  const ended = new Promise(resolve => child.once('exit', resolve))
  await until('the server is ready', () => get(port, pair.ca).then(r => r.status === 200))
  return { port, child, log: () => log, stop: () => { child.kill('SIGTERM'); return ended } }
}

test('RSA and EC keys serve, and clients are told to stay with HTTPS', async () => {
  for (const pair of [rsa, ec]) {
    const server = await serve(pair)
    const { status, headers } = await get(server.port, pair.ca, '/rest/v1/books')
    assert.equal(status, 200)
    assert.match(headers['strict-transport-security'], /max-age=31536000/)
    assert.match(server.log(), /"url":"https:/)
    assert.equal(await server.stop(), 0)
  }
})

test('a replaced certificate is used without a restart', async () => {
  for (const [way, more] of [['a signal', { BACKSTAY_SERVER__TLS__CHECK_INTERVAL: '1h' }], ['the interval', { BACKSTAY_SERVER__TLS__CHECK_INTERVAL: '100ms' }]]) {
    const live = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') }
    copyFileSync(rsa.cert, live.cert)
    copyFileSync(rsa.key, live.key)
    const server = await serve({ ...live, ca: rsa.ca }, more)
    copyFileSync(ec.cert, live.cert)
    copyFileSync(ec.key, live.key)
    if (way === 'a signal') server.child.kill('SIGHUP')
    await until(`the new certificate by ${way}`, () => get(server.port, ec.ca).then(r => r.status === 200))
    await assert.rejects(get(server.port, rsa.ca), 'the old one is gone')
    assert.equal(await server.stop(), 0)
  }
})

test('the plain port redirects to the configured address only', async () => {
  const plain = await freePort()
  const server = await serve(ec, { BACKSTAY_SERVER__TLS__REDIRECT_LISTEN: `127.0.0.1:${plain}`, BACKSTAY_EXTERNAL_URL: 'https://localhost' })
  const answer = await fetch(`http://127.0.0.1:${plain}/rest/v1/books?limit=1`, { redirect: 'manual', headers: { 'X-Forwarded-Host': 'evil.example' } })
  assert.equal(answer.status, 308)
  assert.equal(answer.headers.get('location'), 'https://localhost/rest/v1/books?limit=1')
  assert.equal((await fetch(`http://127.0.0.1:${plain}/health/live`)).status, 200)
  assert.equal(await server.stop(), 0)
})

test('mistakes are named before anything listens', () => {
  writeFileSync(join(folder, 'empty.pem'), '')
  const rows = [
    [{ cert: join(folder, 'none.pem'), key: rsa.key }, /cannot read .*none\.pem.*\n.*check the path/],
    [{ cert: rsa.cert, key: ec.key }, /the key in .*ec\.key does not belong to the certificate in .*rsa\.pem/],
    [{ cert: rsa.key, key: rsa.key }, /rsa\.key holds a private key, where a certificate in PEM is expected/],
    [{ cert: join(folder, 'empty.pem'), key: rsa.key }, /empty\.pem holds nothing/],
  ]
  for (const [pair, expected] of rows) {
    const { status, stderr } = spawnSync(bin, ['serve', '--schema', schema, '--data', join(folder, 'bad'), '--listen', '127.0.0.1:1'], { env: environment(pair), encoding: 'utf8' })
    assert.notEqual(status, 0)
    assert.match(stderr, expected)
  }
  const proxies = spawnSync(bin, ['serve', '--schema', schema, '--data', join(folder, 'bad'), '--listen', '127.0.0.1:0'], { env: { ...process.env, BACKSTAY_SERVER__TRUSTED_PROXIES: '10.0.0.1/8' }, encoding: 'utf8' })
  assert.notEqual(proxies.status, 0)
  assert.match(proxies.stderr, /trusted_proxies.*10\.0\.0\.0\/8/)
})
