// Fastify 5 over better-sqlite3.
import fastify from 'fastify'
import { port, read, verified, write } from './store.mjs'

const app = fastify()
app.get('/health/ready', async () => 'ok')
app.addHook('onRequest', async (req, reply) => {
  if (req.url !== '/health/ready' && !verified(req.headers.authorization)) return reply.code(401).send()
})
app.get('/rest/v1/posts', async req => read(req.query))
app.post('/rest/v1/posts', async (req, reply) => { write(req.body); reply.code(201).send() })
await app.listen({ port, host: '127.0.0.1' })
