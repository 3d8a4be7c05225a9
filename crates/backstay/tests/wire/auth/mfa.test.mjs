// Second factors with the official client and beside it: what a session of one factor may not do, and that a proof works once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PASSWORD, clientOf, failed, ok, serve } from './served.mjs'
import { step, totp } from './totp.mjs'

let served, server, count = 0

before(async () => {
  served = await serve({ BACKSTAY_AUTH__CONFIRM_EMAIL: 'false', BACKSTAY_AUTH__MFA__REQUIRE_FOR_ROLES: 'admin' });
  ({ server } = served)
})
after(() => served.stop())

const client = key => clientOf(server, key)

async function person() {
  const email = `person.${++count}@example.com`, own = client()
  ok(await own.auth.signUp({ email, password: PASSWORD, options: { data: { name: 'Person' } } }))
  return { email, own }
}

const signIn = async email => { const one = client(); ok(await one.auth.signInWithPassword({ email, password: PASSWORD })); return one }

/** Enrols and proves an authenticator with the code of an earlier step, so that the present one is free. */
async function enrolled(own) {
  const factor = ok(await own.auth.mfa.enroll({ factorType: 'totp', friendlyName: `app ${++count}` }))
  const challenge = ok(await own.auth.mfa.challenge({ factorId: factor.id }))
  ok(await own.auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code: totp(factor.totp.secret, step() - 1) }))
  return { id: factor.id, secret: factor.totp.secret }
}

const post = (own, path, body) => own.auth.getSession().then(({ data }) => fetch(`${server.url}/auth/v1${path}`, {
  method: 'POST', headers: { apikey: server.anon, Authorization: `Bearer ${data.session.access_token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
}))

test('other sessions of one factor end, and tokens of before the proof are worth nothing', async () => {
  const { email, own } = await person()
  const before = (await own.auth.getSession()).data.session
  const other = await signIn(email)
  await enrolled(own)
  assert.ok((await other.from('learners').select('id')).error, 'the other session has ended')
  const replay = await client().auth.refreshSession({ refresh_token: before.refresh_token })
  assert.ok(replay.error, 'a refresh token of one factor gives no session of two')
  assert.equal(ok(await own.from('learners').select('id')).length, 1)
  const { session } = ok(await own.auth.refreshSession())
  assert.equal(JSON.parse(atob(session.access_token.split('.')[1])).aal, 'aal2')
})

test('a session of one factor may not change what the second protects', async () => {
  const { email, own } = await person()
  const factor = await enrolled(own)
  const weak = await signIn(email)
  failed(await weak.auth.updateUser({ password: 'another horse battery 8' }), 401, 'insufficient_aal')
  failed(await weak.auth.updateUser({ email: 'else@example.com' }), 401, 'insufficient_aal')
  failed(await weak.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'second' }), 403, 'insufficient_aal')
  failed(await weak.auth.mfa.unenroll({ factorId: factor.id }), 422, 'insufficient_aal')
  const codes = await post(weak, '/factors/recovery-codes', {})
  assert.equal(codes.status, 403)
  ok(await own.auth.mfa.unenroll({ factorId: factor.id }))
  assert.equal(ok(await own.auth.mfa.getAuthenticatorAssuranceLevel()).nextLevel, 'aal2', 'until the token is renewed')
  const { session } = ok(await own.auth.refreshSession())
  assert.equal(JSON.parse(atob(session.access_token.split('.')[1])).aal, 'aal1')
})

test('one code of an authenticator proves one session', async () => {
  const { email, own } = await person()
  const factor = await enrolled(own)
  const sessions = []
  for (let n = 0; n < 5; n++) sessions.push(await signIn(email))
  const challenges = await Promise.all(sessions.map(one => one.auth.mfa.challenge({ factorId: factor.id }).then(ok)))
  const code = totp(factor.secret)
  const answers = await Promise.all(sessions.map((one, at) => one.auth.mfa.verify({ factorId: factor.id, challengeId: challenges[at].id, code })))
  assert.equal(answers.filter(({ error }) => error === null).length, 1)
  // The first proof ends the other sessions, so that theirs meet a used code or find themselves signed out.
  for (const { error } of answers.filter(one => one.error)) assert.ok([400, 403, 422, 429].includes(error.status), `${error.status} ${error.code}`)
})

test('a recovery code takes the place of a lost factor, once', async () => {
  const { email, own } = await person()
  await enrolled(own)
  const { recovery_codes: codes } = await post(own, '/factors/recovery-codes', {}).then(answer => answer.json())
  assert.equal(codes.length, 10)
  const weak = await signIn(email)
  assert.equal((await post(weak, '/factors/recovery-codes/verify', { code: 'AAAA-BBBB-CCCC-DDDD' })).status, 422)
  const answers = await Promise.all(Array.from({ length: 3 }, () => post(weak, '/factors/recovery-codes/verify', { code: codes[0].toLowerCase() })))
  const won = answers.filter(answer => answer.status === 200)
  assert.equal(won.length, 1, answers.map(answer => answer.status).join())
  const session = await won[0].json()
  assert.equal(JSON.parse(atob(session.access_token.split('.')[1])).aal, 'aal2')
  const again = await signIn(email)
  assert.equal((await post(again, '/factors/recovery-codes/verify', { code: codes[0] })).status, 422)
})

test('a factor of another person is not there', async () => {
  const { own: ana } = await person(), { own: bo } = await person()
  const factor = await enrolled(ana)
  failed(await bo.auth.mfa.challenge({ factorId: factor.id }), 404, 'mfa_factor_not_found')
  failed(await bo.auth.mfa.unenroll({ factorId: factor.id }), 404, 'mfa_factor_not_found')
})

test('a role that needs two factors may touch no data with one', async () => {
  const { own } = await person()
  const { user } = ok(await own.auth.getUser())
  ok(await client(server.service).from('learners').update({ role: 'admin' }).eq('id', user.id))
  const { error } = await own.from('learners').select('id')
  assert.ok(error, 'an administrator with one factor reads nothing')
  await enrolled(own)
  assert.ok(ok(await own.from('learners').select('id')).length > 1, 'and with two, everything')
})
