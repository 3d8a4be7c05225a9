// Attempts at sign-in, by the same classes as attack.test.mjs: the cases of cases.json that have steps. What a step may get is judged by
// play.mjs; what is left in the log and the metrics, at the end. BACKSTAY_ATTACK_CLASSES names some of the classes by number.
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { close, open, play } from './play.mjs'

// What the server signs the older kind of tokens with, so that cases can forge them.
import { SECRET } from './doors.mjs'
process.env.BACKSTAY_JWT_SECRET = SECRET

const { classes, lists } = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'))

/** A case with the values that it is played with: its own, or a list that several share. */
const spelled = one => {
  if (typeof one.each !== 'string') return one
  if (!lists[one.each]) throw new Error(`${one.name}: there is no list "${one.each}"`)
  return { ...one, each: lists[one.each] }
}
const asked = new Map()
let gate

before(async () => { gate = await open() })
after(async () => {
  if (!gate) return
  for (const { class: number, title, count } of chosen) console.log(`class ${number}, ${title}: ${count} cases, ${asked.get(number) ?? 0} requests`)
  console.log(`sign-in: ${chosen.reduce((sum, one) => sum + one.count, 0)} cases, ${[...asked.values()].reduce((a, b) => a + b, 0)} requests, ${gate.secrets.size} secrets looked for in the log and the metrics`)
  await close(gate)
})

const wanted = process.env.BACKSTAY_ATTACK_CLASSES?.split(' ').map(Number)
const chosen = classes.flatMap(({ class: number, title, cases = [] }) => {
  if (wanted && !wanted.includes(number)) return []
  const ours = cases.filter(one => one.steps).map(spelled)
  return ours.length ? [{ class: number, title, cases: ours, count: ours.reduce((sum, one) => sum + (one.each?.length ?? 1), 0) }] : []
})

for (const { class: number, title, cases } of chosen) describe(`class ${number}: ${title}`, () => {
  for (const one of cases) test(one.name, async () => asked.set(number, (asked.get(number) ?? 0) + await play(gate, one)))
})
