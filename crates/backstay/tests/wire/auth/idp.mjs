// Sign-in providers on loopback: a real one (oidc-provider), and one that says and signs whatever a test wants.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import http from 'node:http'
import { Provider } from 'oidc-provider'

const listen = server => new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server.address().port)))

/** A real provider. `open(clients)` begins to serve; `people` maps logins to claims. */
export async function realIdp() {
  let handler = (_, res) => { res.statusCode = 503; res.end() }
  const server = http.createServer((req, res) => handler(req, res))
  const issuer = `http://127.0.0.1:${await listen(server)}`
  const people = new Map()
  return {
    issuer, people,
    open(clients) {
      const provider = new Provider(issuer, {
        clients,
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        cookies: { keys: ['a key of this test'] },
        findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
        features: { devInteractions: { enabled: true } },
        ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
      })
      handler = provider.callback()
    },
    stop: () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve) }),
  }
}

const encoded = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A provider of any behaviour: `answers` maps a path to a function of request, response and body; `token(claims)` signs. */
export async function fakeIdp() {
  const key = (kid, type, options) => ({ kid, ...generateKeyPairSync(type, options) })
  const keys = { ec: key('ec-1', 'ec', { namedCurve: 'P-256' }), rsa: key('rsa-1', 'rsa', { modulusLength: 2048 }) }
  const unpublished = key('ec-1', 'ec', { namedCurve: 'P-256' })
  const seen = []
  const idp = { keys, unpublished, seen, answers: {}, codes: new Map() }
  const json = (res, value, status = 200) => { res.writeHead(status, { 'content-type': 'application/json' }); res.end(JSON.stringify(value)) }
  idp.json = json
  const usual = {
    '/.well-known/openid-configuration': (_, res) => json(res, {
      issuer: idp.issuer, authorization_endpoint: `${idp.issuer}/authorize`, token_endpoint: `${idp.issuer}/token`, jwks_uri: `${idp.issuer}/keys`,
      response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'],
    }),
    '/keys': (_, res) => json(res, { keys: Object.values(idp.keys).map(one => ({
      ...one.publicKey.export({ format: 'jwk' }), kid: one.kid, use: 'sig', alg: one.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256',
    })) }),
    '/token': (_, res, body) => {
      const claims = idp.codes.get(new URLSearchParams(body).get('code'))
      if (!claims) return json(res, { error: 'invalid_grant' }, 400)
      return json(res, { access_token: 'provider-access', token_type: 'Bearer', refresh_token: 'provider-refresh', id_token: idp.token(claims) })
    },
  }
  const server = http.createServer((req, res) => {
    const chunks = []
    req.on('data', chunk => chunks.push(chunk))
    req.on('end', () => {
      const path = new URL(req.url, 'http://x').pathname, body = Buffer.concat(chunks).toString()
      seen.push({ method: req.method, path, body })
      const answer = idp.answers[path] ?? usual[path]
      if (answer) answer(req, res, body); else json(res, { error: 'not_found' }, 404)
    })
  })
  idp.issuer = `http://127.0.0.1:${await listen(server)}`

  /** A signed token of these claims; `header`, `key` and `parts` change what is honest. */
  idp.token = (claims, { header = {}, key: signer = keys.ec, parts } = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const rsa = signer.publicKey.asymmetricKeyType === 'rsa'
    const all = { iss: idp.issuer, iat: now, exp: now + 300, ...claims }
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name]
    const text = `${encoded({ alg: rsa ? 'RS256' : 'ES256', kid: signer.kid, typ: 'JWT', ...header })}.${encoded(all)}`
    const signature = sign('sha256', Buffer.from(text), rsa ? signer.privateKey : { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
    return parts ? parts(text, signature) : `${text}.${signature.toString('base64url')}`
  }
  idp.stop = () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve) })
  return idp
}

/** Hex SHA-256, as the nonce of a token is made of the one that is sent. */
export const hashed = text => createHash('sha256').update(text).digest('hex')
/** `at_hash` of an access token. */
export const atHash = token => createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
