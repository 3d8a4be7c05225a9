// Runs the examples of one page, in their order. In: a page. Out: nothing, or an assertion that names the line; counts of what was run.
// What the kinds of blocks mean stands in ../docs.test.mjs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, scratch, start } from '../../server.mjs'
import { agrees, linesAgree, shown } from './answer.mjs'
import { blocks, exchanges } from './page.mjs'
import { commands, isDriver, refused, shell } from './shell.mjs'

const bin = process.env.BACKSTAY_BIN
/** The folder of the project. */
export const root = fileURLToPath(new URL('../../../../../../', import.meta.url))
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))
const fill = process.env.UPDATE_DOCS === '1'

/** How much of each kind was run. */
export const counts = {}
const count = kind => { counts[kind] = (counts[kind] ?? 0) + 1 }
const folders = []
const folder = () => { const dir = scratch(); folders.push(dir); return dir }
/** Removes the folders that pages used. */
export const finish = () => { for (const dir of folders) rmSync(dir, { recursive: true, force: true }) }

/** A page while its examples are run, in their order. */
export class Page {
  constructor(name, text) {
    this.name = name
    this.text = text
    this.blocks = blocks(text)
    this.run = 0
    this.checked = 0
    this.filled = []
    this.settings = ''
  }

  /** Runs one block; `next` is the one behind it. */
  async example({ lang, words: [word, path], ...block }, next) {
    const kinds = {
      console: { undefined: () => this.parse({ lang, ...block }) },
      graphql: { file: () => this.save(block, path), app: () => this.serve(block), mistake: () => this.mistake(block, next), undefined: () => this.check(block) },
      http: { undefined: () => this.ask(block) },
      json: { rows: () => {}, output: () => {} },
      csv: { output: () => {} },
      text: { output: () => {}, undefined: () => {} },
      sh: { run: () => this.command(block, next), undefined: () => this.parse({ lang, ...block }) },
      ini: { undefined: () => this.parse({ lang, ...block }) },
      js: { run: () => this.program(block, next) },
      toml: { app: () => { this.settings = block.lines.join('\n'); this.load(block) }, undefined: () => this.load(block) },
    }
    const kind = kinds[lang]?.[String(word)]
    assert.ok(kind, `${this.name}:${block.first}: what is \`${lang} ${word ?? ''}\`?`)
    await kind()
    count([lang, word].filter(Boolean).join(' '))
  }

  async serve(block) {
    await this.server?.stop()
    const dir = folder()
    writeFileSync(join(dir, 'schema.graphql'), block.lines.join('\n'))
    writeFileSync(join(dir, 'backstay.toml'), this.settings)
    // Rows stand behind the schema that they belong to.
    const behind = this.blocks[this.blocks.findIndex(other => other.first === block.first) + 1]
    const rows = behind?.words.includes('rows') ? JSON.parse(behind.lines.join('\n')) : {}
    this.server = await start(join(dir, 'schema.graphql'), { env: { BACKSTAY_REST_TX_OVERRIDE: 'false' } })
    this.settings = ''
    this.secret = JSON.parse(readFileSync(join(this.server.data, 'keys.json'), 'utf8')).jwtSecret
    for (const [relation, body] of Object.entries(rows)) {
      const answer = await fetch(`${this.server.rest}/${relation}?columns=${[...new Set(body.flatMap(Object.keys))]}`, {
        method: 'POST', body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', Prefer: 'missing=default', Authorization: `Bearer ${this.server.service}` },
      })
      assert.equal(answer.status, 201, `${this.name}:${behind.first}: ${relation}: ${await answer.text()}`)
    }
  }

  async ask(block) {
    assert.ok(this.server, `${this.name}:${block.first}: no \`graphql app\` block stands before it`)
    const failures = []
    for (const exchange of exchanges(block)) {
      const found = await this.send(exchange)
      count('requests')
      this.run += 1
      if (fill && !exchange.answer.status) this.fill(exchange, found)
      else failures.push(...differences(exchange, found).map(what => `${this.name}:${exchange.at + 1}: ${exchange.method} ${exchange.path}: ${what}`))
    }
    assert.ok(failures.length === 0, failures.join('\n'))
  }

  async send({ caller, method, path, headers, body }) {
    const all = Object.fromEntries(headers)
    if (body !== undefined && !all['Content-Type']) all['Content-Type'] = 'application/json'
    if (caller) all.Authorization = `Bearer ${this.token(caller)}`
    const base = /^\/((rest|auth)\/v1|health|metrics|openapi|docs|(v1\/)?graphql)/.test(path) ? this.server.url : this.server.rest
    const answer = await fetch(base + path.replace(/[ "<>\\^`{|}]/g, encodeURIComponent), { method, headers: all, body, signal: AbortSignal.timeout(20_000) })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  /** A token as `backstay token` makes it. */
  token({ role, sub, claims }) {
    const wireRole = role === 'service' ? 'service_role' : 'authenticated'
    const own = ['service', 'user'].includes(role) ? {} : { app_metadata: { role } }
    const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    const told = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode({ sub, role: wireRole, ...own, iat: now, exp: now + 3600, ...claims })}`
    return `${told}.${createHmac('sha256', this.secret).update(told).digest('base64url')}`
  }

  fill({ at, lines }, { status, text }) {
    const arrow = lines.findIndex(line => line.startsWith('→'))
    this.filled.push({ at: at + arrow, lines: shown(status, text) })
  }

  async command(block, next) {
    this.run += 1
    this.home ??= home()
    this.shell ??= shell(this.home)
    const lines = []
    for (const line of block.lines) {
      const served = /^(?:cargo run --release -- |backstay )((?:dev|serve)\b.*)$/.exec(line)
      if (served) await this.background(commands([`backstay ${served[1]}`])[0])
      else lines.push(line)
    }
    // The server of the page is elsewhere than a reader's: commands beside it must find it.
    if (this.address) lines.unshift(`export BACKSTAY_LISTEN=${this.address}`)
    const { output, failed } = await this.shell.run(this.here(lines.join('\n')))
    const fails = block.lines.some(line => / # fails$/.test(line))
    assert.ok(fails || failed === 0, `${this.name}:${block.first}: ${output}`)
    if (!next?.words.includes('output')) return
    if (fill && next.lines.join('').trim() === '…fill') {
      this.filled.push({ at: next.first, lines: output.trimEnd().split('\n') })
      return
    }
    this.compare(next, output)
  }

  compare(block, output) {
    const shownText = block.lines.join('\n')
    const same = block.lang === 'json'
      ? pairs(block.lines, output.trim().split('\n').filter(line => line !== '')).every(([a, b]) => a !== undefined && b !== undefined && agrees(a, b))
      : linesAgree(shownText, output.replaceAll(this.address ?? '127.0.0.1:8000', '127.0.0.1:8000'))
    assert.ok(same, `${this.name}:${block.first}: shown:\n${shownText}\nprinted:\n${output}`)
  }

  /** Writes a file of the page's project; a server that follows it says what it makes of it. */
  async save(block, path) {
    this.run += 1
    this.home ??= home()
    const told = this.behind?.log().length
    writeFileSync(join(this.home, path), `${block.lines.join('\n')}\n`)
    const deadline = Date.now() + 20_000
    while (this.behind && !/in use|goes on serving/.test(this.behind.log().slice(told))) {
      assert.ok(Date.now() < deadline, `${this.name}:${block.first}: the server did not follow the file`)
      await new Promise(resolve => { setTimeout(resolve, 50) })
    }
  }

  async background(args) {
    await this.behind?.stop()
    this.behind = await launch(args, { cwd: this.home })
    this.address = this.behind.url.replace('http://', '')
  }

  here(script) { return this.address ? script.replaceAll('127.0.0.1:8000', this.address) : script }

  async program(block, next) {
    this.run += 1
    const file = join(folder(), 'program.mjs')
    symlinkSync(packages, join(dirname(file), 'node_modules'))
    writeFileSync(file, `${this.here(block.lines.join('\n'))}\nconsole.log(JSON.stringify(data))\n`)
    const { status, stdout, stderr } = spawnSync('node', [file], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, TOKEN: await this.variable('ANA') } })
    assert.equal(status, 0, stderr)
    this.compare(next, stdout)
  }

  /** A variable of the page's shell. */
  async variable(name) { return this.shell ? (await this.shell.run(`printf %s "\${${name}-}"`)).output.trim() : '' }

  /** `backstay check` finds no error and gives no warning; notes about what is not active yet may be there. */
  check(block) {
    this.run += 1
    const { output } = checked(schemaOf(block.lines.join('\n')))
    const serious = JSON.parse(output).diagnostics.filter(finding => finding.severity !== 'note')
    assert.deepEqual(serious, [], `${this.name}:${block.first}`)
  }

  mistake(block, next) {
    this.run += 1
    const { output } = checked(block.lines.join('\n'), 'text')
    if (fill && next.lines.join('').trim() === '…fill') this.filled.push({ at: next.first, lines: output.trimEnd().split('\n') })
    else this.compare(next, output)
  }

  parse(block) {
    this.checked += 1
    const found = commands(block.lines)
    const drivers = block.lines.flatMap(line => [...line.matchAll(/cargo xtask ([a-z]+)/g)].map(match => match[1]))
    assert.ok(['ini', 'console'].includes(block.lang) || found.length + drivers.length > 0, `${this.name}:${block.first}: nothing in it can be checked; run it (\`sh run\`) or call it text`)
    assert.deepEqual(found.map(refused).filter(Boolean), [], `${this.name}:${block.first}`)
    assert.deepEqual(drivers.filter(name => !isDriver(name)), [])
    found.forEach(() => count('commands'))
  }

  load(block) {
    this.checked += 1
    const dir = folder()
    const [settings, schema] = [join(dir, 'backstay.toml'), join(dir, 'schema.graphql')]
    writeFileSync(settings, block.lines.join('\n'))
    writeFileSync(schema, 'type Thing @model @access(ops: [READ]) { id: ID! @id }\n')
    const { status, stderr } = spawnSync(bin, ['check', schema, '--config', settings], { encoding: 'utf8' })
    assert.equal(status, 0, `${this.name}:${block.first}: ${stderr}`)
  }

  async end() {
    await this.server?.stop()
    await this.behind?.stop()
    this.shell?.end()
    if (this.filled.length === 0) return
    const lines = this.text.split('\n')
    for (const { at, lines: instead } of this.filled.sort((a, b) => b.at - a.at)) lines.splice(at, 1, ...instead)
    writeFileSync(join(root, this.name), lines.join('\n'))
  }
}

/** A folder like a clone of the project whose release build is done. */
function home() {
  const dir = folder()
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true, filter: path => !/\.backstay|\.cache|movies\.ndjson$/.test(path) })
  mkdirSync(join(dir, 'target/release'), { recursive: true })
  symlinkSync(bin, join(dir, 'target/release/backstay'))
  return dir
}

/** A schema around fields that stand alone. */
const schemaOf = text => /^\s*(type|enum|extend|input|schema|interface|")/m.test(text) && /^(type|enum|extend|input|schema)\b/m.test(text)
  ? text
  : `type Example @model @access(ops: [READ]) {\n  id: ID! @id\n${text}\n}\n`

function checked(schema, format = 'json') {
  const dir = folder()
  writeFileSync(join(dir, 'schema.graphql'), schema)
  const { stdout, stderr } = spawnSync(bin, ['check', 'schema.graphql', '--format', format], { encoding: 'utf8', cwd: dir, env: { ...process.env, BACKSTAY_BIN: undefined } })
  return { output: format === 'json' ? stdout : stdout + stderr }
}

const pairs = (a, b) => Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]])

/** What of an answer is not as the page shows it. */
function differences({ answer }, found) {
  const all = []
  if (!answer.status) all.push('the page does not say what the answer is; UPDATE_DOCS=1 fills it in')
  else if (found.status !== answer.status) all.push(`shown ${answer.status}, got ${found.status} ${found.text}`)
  for (const [name, value] of answer.headers) {
    const got = found.headers.get(name)
    if (got === null || !linesAgree(value, got)) all.push(`header ${name}: shown ${value}, got ${got}`)
  }
  const isJson = /json/.test(found.headers.get('content-type') ?? '')
  if (!(isJson ? agrees : linesAgree)(answer.body ?? '', found.text)) all.push(`shown ${answer.body ?? 'no body'}\n     got ${found.text}`)
  return all
}
