// The official Python client against the server. BACKSTAY_PYTHON names a Python that has it; `cargo xtask test` makes one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { start } from '../server.mjs'
import { mailbox } from './mailbox.mjs'

test('sign-up, sign-in, refresh, recover, sign-out in Python', async t => {
  const python = process.env.BACKSTAY_PYTHON
  assert.ok(python, 'BACKSTAY_PYTHON must name a Python with the package supabase; `cargo xtask test` sets it')
  const mail = await mailbox()
  const server = await start(new URL('../fixtures/reference.graphql', import.meta.url).pathname, { env: {
    BACKSTAY_MAIL_URL: mail.url, BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__CODES__MAIL_GAP: '0s',
    BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1',
  } })
  t.after(async () => { await server.stop(); await mail.stop() })
  const script = new URL('client.py', import.meta.url).pathname
  const child = spawn(python, [script, server.url, server.anon, 'ana@example.com'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', chunk => { said += chunk })
  const ended = new Promise(resolve => child.once('exit', resolve))
  for await (const address of createInterface({ input: child.stdout })) {
    child.stdin.write(`${mail.code(await mail.waitFor(address, letter => mail.code(letter)))}\n`)
  }
  assert.equal(await ended, 0, said)
})
