// The arguments and the token check with its key made once.
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

const [listen, address, secret] = process.argv.slice(2)
export const port = Number(listen.split(':')[1])
export const database = address
const key = createSecretKey(Buffer.from(secret))

/** Whether the header carries a valid token. */
export function verified(header) {
  try { return Boolean(jwt.verify((header ?? '').slice(7), key, { algorithms: ['HS256'] })) } catch { return false }
}
