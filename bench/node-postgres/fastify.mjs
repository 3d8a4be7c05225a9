// Fastify 5 over pg: statements prepared by name, a pool of sixteen.
import fastify from 'fastify'
import pg from 'pg'
import { database, port, verified } from './token.mjs'

const pool = new pg.Pool({ connectionString: database, max: 16 })
const columns = 'SELECT id, title, body, author_id, rank FROM posts'
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows
const embed = `SELECT p.id, p.title, json_build_object('id', a.id, 'name', a.name) AS author FROM posts p
  LEFT JOIN authors a ON a.id = p.author_id ORDER BY p.rank DESC, p.id LIMIT $1`

const app = fastify()
app.get('/health/ready', async () => 'ok')
app.addHook('onRequest', async (req, reply) => {
  if (req.url !== '/health/ready' && !verified(req.headers.authorization)) return reply.code(401).send()
})
app.get('/rest/v1/posts', async ({ query: { id, select, limit = '20' } }) => {
  if (id) return rows('by_id', `${columns} WHERE id = $1`, [Number(id.slice(3))])
  if (select?.includes('author')) return rows('embed', embed, [Number(limit)])
  return rows('list', `${columns} ORDER BY rank DESC, id LIMIT $1`, [Number(limit)])
})
app.post('/rest/v1/posts', async ({ body: { title, body, author_id, rank } }, reply) => {
  await rows('insert', 'INSERT INTO posts (title, body, author_id, rank) VALUES ($1, $2, $3, $4)', [title, body, author_id, rank])
  reply.code(201).send()
})
await app.listen({ port, host: '127.0.0.1' })
