// Each secret that works once, used 64 times at the same moment: exactly one use succeeds. BACKSTAY_RACE_ROUNDS rounds of it, each with
// an account of its own, and with the limits off, so that every use reaches the place where the secret is consumed.
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { close, open, play } from '../attack/play.mjs'

const ROUNDS = Number(process.env.BACKSTAY_RACE_ROUNDS ?? 5)
const USES = 64
let gate

before(async () => { gate = await open({ BACKSTAY_LOG: 'warn', BACKSTAY_AUTH__LIMITS__ENABLED: 'false', BACKSTAY_AUTH__CODES__ATTEMPTS: '1000' }) })
after(() => gate && close(gate))

const own = { as: '{ana.access}', status: 200 }
const mail = keep => ({ mail: '{ana}', keep })
const asked = (path, keep) => [{ request: `POST ${path}`, body: { email: '{ana}' }, status: 200 }, mail(keep)]
const verify = proof => ({ request: 'POST /verify', body: proof })
const signIn = { request: 'POST /token?grant_type=password', body: { email: '{ana}', password: '{password}' }, status: 200, keep: { weak: 'access_token' } }
const factor = [
  { request: 'POST /factors', body: { factor_type: 'totp', friendly_name: 'a' }, ...own, keep: { factor: 'id', seed: 'totp.secret' } },
  { request: 'POST /factors/{factor}/challenge', body: {}, ...own, keep: { challenge: 'id' } },
]
const proof = { request: 'POST /factors/{factor}/verify', body: { challenge_id: '{challenge}', code: '{totp:seed}' }, as: '{ana.access}' }

const invited = keep => [{ request: 'POST /invite', body: { email: '{ana}', data: { name: 'Ana' } }, key: 'service', as: '{service}', status: 200 }, mail(keep)]
const VERIFIER = 'v'.repeat(43)
const pkce = [
  { request: 'POST /otp', body: { email: '{ana}', code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'), code_challenge_method: 's256' }, status: 200 },
  mail({ path: 'path' }), { request: 'GET {path}', key: null, status: 303, keep: { code: 'query:code' } },
]

/** How a secret comes to be, how it is used, and what the other uses are told. */
const SECRETS = [
  ['the code of a sign-up', 'unproven', [], verify({ type: 'signup', email: '{ana}', token: '{ana.code}' }), [403]],
  ['the link of a sign-up', 'unproven', [], verify({ type: 'signup', token_hash: '{ana.hash}' }), [403]],
  ['the code of an invitation', 'nobody', invited({ code: 'code' }), verify({ type: 'invite', email: '{ana}', token: '{code}' }), [403]],
  ['the link of an invitation', 'nobody', invited({ hash: 'hash' }), verify({ type: 'invite', token_hash: '{hash}' }), [403]],
  ['a code that a link led back with', 'confirmed', pkce, { request: 'POST /token?grant_type=pkce', body: { auth_code: '{code}', code_verifier: VERIFIER } }, [404]],
  ['a code to sign in', 'confirmed', asked('/otp', { code: 'code' }), verify({ type: 'email', email: '{ana}', token: '{code}' }), [403]],
  ['a link to sign in', 'confirmed', asked('/otp', { hash: 'hash' }), verify({ type: 'magiclink', token_hash: '{hash}' }), [403]],
  ['a link that a browser follows', 'confirmed', asked('/otp', { path: 'path' }), { request: 'GET {path}', key: null, won: 'access_token=' }, [303]],
  ['the code of a reset', 'confirmed', asked('/recover', { code: 'code' }), { request: 'POST /reset-password', body: { email: '{ana}', otp: '{code}', new_password: '{other}' } }, [403, 422]],
  ['the code of a reset, exchanged', 'confirmed', asked('/recover', { code: 'code' }), { request: 'POST /verify-otp', body: { email: '{ana}', otp: '{code}' } }, [403]],
  ['a reset token', 'confirmed', [...asked('/recover', { code: 'code' }), { request: 'POST /verify-otp', body: { email: '{ana}', otp: '{code}' }, status: 200, keep: { reset: 'reset_token' } }], { request: 'POST /reset-password', body: { reset_token: '{reset}', new_password: '{other}' } }, [403, 422]],
  ['a nonce of reauthentication', 'confirmed', [{ request: 'GET /reauthenticate', ...own }, mail({ code: 'code' })], { request: 'PUT /user', body: { password: '{other}', nonce: '{code}' }, as: '{ana.access}' }, [422]],
  ['a code of an authenticator', 'confirmed', factor, proof, [400, 403, 422]],
  ['a recovery code', 'confirmed', [...factor, { ...proof, status: 200, keep: { 'ana.access': 'access_token' } }, { request: 'POST /factors/recovery-codes', body: {}, ...own, keep: { code: 'recovery_codes.0' } }, signIn], { request: 'POST /factors/recovery-codes/verify', body: { code: '{code}' }, as: '{weak}' }, [400, 403, 422]],
]

for (const [name, kind, steps, use, lost] of SECRETS) test(`${name}: ${ROUNDS} rounds of ${USES}`, async () => {
  const one = { people: { ana: kind }, steps: [...steps, { ...use, race: USES, wins: 1, lost }] }
  for (let round = 0; round < ROUNDS; round++) await play(gate, one)
})

// A refresh token may be used again for a while, by other tabs; the session must not fork.
test(`a refresh token: ${ROUNDS} rounds of ${USES}`, async () => {
  const refresh = token => ({ request: 'POST /token?grant_type=refresh_token', body: { refresh_token: token } })
  const one = { people: { ana: 'confirmed' }, steps: [
    { ...refresh('{ana.refresh}'), race: USES, alike: 'refresh_token', lost: [503], keep: { next: 'refresh_token' } },
    { ...refresh('{next}'), status: 200, keep: { last: 'refresh_token' } },
    { ...refresh('{next}'), status: 200, says: '{last}' },
  ] }
  for (let round = 0; round < ROUNDS; round++) await play(gate, one)
})
