// A server for the tests of sign-in, with a mailbox where it sends its mails, and the official client for it.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'
import { start } from '../server.mjs'
import { mailbox } from './mailbox.mjs'

export const PASSWORD = 'correct horse battery 7', OTHER = 'staple purple monkey 9'
const SCHEMA = new URL('../fixtures/reference.graphql', import.meta.url).pathname
/** Tests stand behind one address and hash quickly. */
const ENV = {
  BACKSTAY_SITE_URL: 'http://app.example.org/welcome', BACKSTAY_AUTH__REDIRECT_URLS: 'http://app.example.org/*',
  BACKSTAY_AUTH__LIMITS__SCALE: '1000', BACKSTAY_AUTH__LIMITS__MAIL_PER_HOUR: '10000', BACKSTAY_AUTH__CODES__MAIL_GAP: '0s',
  BACKSTAY_AUTH__PASSWORD__ARGON2_MEMORY: '64KiB', BACKSTAY_AUTH__PASSWORD__ARGON2_TIME: '1', BACKSTAY_AUTH__CONFIRM_PAGE: 'false',
}

/** `{ server, mail, stop() }`. */
export async function serve(env = {}) {
  const mail = await mailbox()
  const server = await start(SCHEMA, { env: { ...ENV, BACKSTAY_MAIL_URL: mail.url, ...env } }).catch(async error => { await mail.stop(); throw error })
  return {
    server, mail,
    async stop() {
      const code = await server.stop()
      await mail.stop()
      assert.equal(code, 0, 'the server stops cleanly')
    },
  }
}

/** The official client, which keeps nothing and refreshes nothing by itself. */
export const clientOf = (server, key = server.anon, options = {}) => createClient(server.url, key, {
  auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false, ...options }, realtime: { transport: ws },
})
export const ok = ({ data, error }) => { assert.equal(error, null, error && `${error.status} ${error.code} ${error.message}`); return data }
export const failed = ({ error }, status, code) => { assert.ok(error, 'it should have failed'); assert.deepEqual([error.status, error.code], [status, code], error.message); return error }
