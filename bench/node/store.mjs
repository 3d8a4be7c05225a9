// The four statements, prepared once, and the token check with its key made once.
import Database from 'better-sqlite3'
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

const [listen, path, secret] = process.argv.slice(2)
export const port = Number(listen.split(':')[1])
const key = createSecretKey(Buffer.from(secret))

const db = new Database(path)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL') // what is usual for this stack: not synced at every commit
const byId = db.prepare('SELECT id, title, body, author_id, rank FROM posts WHERE id = ?')
const list = db.prepare('SELECT id, title, body, author_id, rank FROM posts ORDER BY rank DESC, id LIMIT ?')
const embed = db.prepare('SELECT p.id, p.title, a.id AS a_id, a.name AS a_name FROM posts p LEFT JOIN authors a ON a.id = p.author_id ORDER BY p.rank DESC, p.id LIMIT ?')
const insert = db.prepare('INSERT INTO posts (title, body, author_id, rank) VALUES (?, ?, ?, ?)')

/** Whether the header carries a valid token. */
export function verified(header) {
  try { return Boolean(jwt.verify((header ?? '').slice(7), key, { algorithms: ['HS256'] })) } catch { return false }
}

/** Rows for a query string like the product's. */
export function read({ id, select, limit = '20' }) {
  if (id) return byId.all(Number(id.slice(3)))
  if (select?.includes('author')) return embed.all(Number(limit)).map(r => ({ id: r.id, title: r.title, author: r.a_id === null ? null : { id: r.a_id, name: r.a_name } }))
  return list.all(Number(limit))
}

/** Inserts a row. */
export const write = ({ title, body, author_id, rank }) => insert.run(title, body, author_id, rank)
