// RFC 6238 with SHA-1, 30 s, 6 digits, as authenticators do it.
import { createHmac } from 'node:crypto'

/** The step of now. */
export const step = () => Math.floor(Date.now() / 30_000)

/** The code of a secret (base32) at a step. */
export function totp(secret, at = step()) {
  const bits = [...secret.replace(/=+$/, '')].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(at))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
