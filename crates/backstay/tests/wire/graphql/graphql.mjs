// A server on the blog's schema with some rows, and a way to ask it. Used by the GraphQL tests.
import { start } from '../server.mjs'

export const schema = new URL('../fixtures/blog.graphql', import.meta.url).pathname

const ROWS = {
  authors: [{ id: 1, name: 'Ana' }, { id: 2, name: 'Bo' }, { id: 3, name: 'Cy' }],
  posts: Array.from({ length: 25 }, (_, i) => ({ id: i + 1, title: `Post ${i + 1}`, likes: i, authorId: 1 + i % 2 })),
  comments: Array.from({ length: 50 }, (_, i) => ({ id: i + 1, text: `Comment ${i + 1}`, postId: 1 + i % 25, authorId: 3 })),
}

/** A server with rows: `{ ask(body, options), graphql, admin, … }`. */
export async function blog(env = {}) {
  const server = await start(schema, { env })
  for (const [relation, rows] of Object.entries(ROWS)) {
    const columns = [...new Set(rows.flatMap(Object.keys))]
    const answer = await fetch(`${server.rest}/${relation}?columns=${columns}`, {
      method: 'POST', body: JSON.stringify(rows), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.service}` },
    })
    if (answer.status !== 201) throw new Error(`${relation}: ${await answer.text()}`)
  }
  const graphql = `${server.url}/graphql`
  return { ...server, graphql, admin: server.token('authenticated', 'ada', { app_metadata: { role: 'admin' } }), ask: asker(graphql) }
}

/** Sends a request: a body as JSON by POST, or what `init` says. Gives status, headers, text, and JSON when it is JSON. */
export const asker = url => async (body, { token, headers = {}, ...init } = {}) => {
  const answer = await fetch(init.url ?? url, {
    method: 'POST',
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
    signal: AbortSignal.timeout(20_000),
    ...init,
  })
  const text = await answer.text()
  let json
  try { json = JSON.parse(text) } catch { json = undefined }
  return { status: answer.status, headers: answer.headers, text, json }
}
