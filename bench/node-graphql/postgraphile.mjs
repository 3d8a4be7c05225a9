// PostGraphile 5 behind Node's own HTTP server, with lists in place of connections and the names that its preset gives.
import { createServer } from 'node:http'
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const [listen, connectionString, secret] = process.argv.slice(2)
const key = createSecretKey(Buffer.from(secret))
const verified = header => {
  try { return Boolean(jwt.verify((header ?? '').slice(7), key, { algorithms: ['HS256'] })) } catch { return false }
}

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  schema: { defaultBehavior: '-connection +list' },
  pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
})
const serv = pgl.createServ(grafserv)
const server = createServer()
await serv.addTo(server, false)
const [graphql] = server.listeners('request')
server.removeAllListeners('request')
server.on('request', (request, answer) => {
  if (request.url === '/health/ready') return answer.end('ok')
  if (!verified(request.headers.authorization)) { answer.statusCode = 401; return answer.end() }
  return graphql(request, answer)
})
await serv.ready()
server.listen(Number(listen.split(':')[1]), '127.0.0.1')
