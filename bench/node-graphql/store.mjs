// The statements, prepared once, behind one DataLoader a request for each relation, and the token check with its key made once.
import Database from 'better-sqlite3'
import DataLoader from 'dataloader'
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

const [listen, path, secret] = process.argv.slice(2)
export const port = Number(listen.split(':')[1])
const key = createSecretKey(Buffer.from(secret))

const db = new Database(path, { readonly: true })
const posts = db.prepare('SELECT id, title, body, author_id, rank FROM posts ORDER BY rank DESC, id LIMIT ?')
// A list of keys as JSON keeps the statement prepared, whatever its length.
const authors = db.prepare('SELECT id, name FROM authors WHERE id IN (SELECT value FROM json_each(?))')
const comments = db.prepare(`SELECT id, text, post_id FROM (
  SELECT id, text, post_id, row_number() OVER (PARTITION BY post_id ORDER BY id DESC) AS n FROM comments WHERE post_id IN (SELECT value FROM json_each(?))
) WHERE n <= 3 ORDER BY post_id, id DESC`)

/** Whether the header carries a valid token. */
export function verified(header) {
  try { return Boolean(jwt.verify((header ?? '').slice(7), key, { algorithms: ['HS256'] })) } catch { return false }
}

/** What one request shares. */
export const loaders = () => ({
  authors: new DataLoader(async ids => {
    const found = new Map(authors.all(JSON.stringify(ids)).map(row => [row.id, row]))
    return ids.map(id => found.get(id) ?? null)
  }),
  comments: new DataLoader(async ids => {
    const found = new Map(ids.map(id => [id, []]))
    for (const row of comments.all(JSON.stringify(ids))) found.get(row.post_id).push(row)
    return ids.map(id => found.get(id))
  }),
})

export const typeDefs = `
  enum order_by { asc desc }
  input posts_order_by { rank: order_by }
  input comments_order_by { id: order_by }
  type Query { posts(limit: Int!, order_by: [posts_order_by!]): [Post!]! }
  type Author { id: Int! name: String! }
  type Comment { id: Int! text: String! }
  type Post { id: Int! title: String! body: String! rank: Int! author: Author comments(limit: Int!, order_by: [comments_order_by!]): [Comment!]! }
`

export const resolvers = {
  Query: { posts: (_, { limit }) => posts.all(limit) },
  Post: {
    author: (post, _, context) => context.loaders.authors.load(post.author_id),
    comments: (post, _, context) => context.loaders.comments.load(post.id),
  },
}
