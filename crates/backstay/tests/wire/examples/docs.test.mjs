// Every example of the documentation does what its page says. Blocks are known by the words behind their fence:
//
//     graphql app      a schema that is served, with the rows of a `json rows` block and the settings of a `toml app` block before it
//     http             requests to that server, and their answers (see docs/page.mjs)
//     graphql          a schema, or fields of one: `backstay check` has nothing against it; `graphql mistake`: it has, as shown below it
//     sh run           commands that are run, in a folder of the page's own; what they print stands in the block after it
//     sh, ini          commands that are shown: the command line knows them
//     js run           a program, and the JSON of its `data` after it
//     toml             settings that load
//     graphql file …   the file of that name in the page's folder; a server that runs there follows it
//     console          commands of the project, such as `cargo xtask`, and what they printed once
//     text             words
//
// Lines that say only `→` are filled in with the answer when UPDATE_DOCS=1. Read what is filled in before you commit it.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { after, describe, test } from 'node:test'
import { cli } from '../server.mjs'
import { anchors, blocks, links } from './docs/page.mjs'
import { Page, counts, finish, root } from './docs/run.mjs'

// Pages without examples, and why.
const WITHOUT = {
  'docs/README.md': 'an index',
  'docs/commands.md': 'generated from the command line',
  'docs/configuration.md': 'generated from the settings',
  'docs/conformance.md': 'names tests',
  'docs/databases.md': 'is about another database; the golden folders are asked of it',
}

// Pages whose commands and settings are checked, while running them needs what is not here.
const CHECKED = {
  'docs/mail.md': 'a mail server',
  'docs/providers.md': 'accounts at providers',
  'docs/reliability.md': 'hours',
}

const pages = ['README.md', 'examples/learning-portal/README.md', ...readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)]
const only = process.env.DOCS_PAGE

after(() => {
  finish()
  console.log(`documentation: ${Object.entries(counts).map(([kind, n]) => `${n} ${kind}`).join(', ')}`)
})

for (const name of pages.filter(page => !only || page.includes(only))) {
  const text = readFileSync(join(root, name), 'utf8')
  describe(name, () => {
    const page = new Page(name, text)
    for (const [i, block] of page.blocks.entries()) {
      test(`line ${block.first}: ${[block.lang, ...block.words].join(' ')}`, () => page.example(block, page.blocks[i + 1]))
    }
    after(() => page.end())
    test('its links lead somewhere', () => { for (const to of links(text)) followed(name, to) })
    test('it has examples', () => { assert.ok(page.run > 0 || (page.checked > 0 && CHECKED[name]) || WITHOUT[name], `${name} has no example that is run`) })
  })
}

describe('the pages together', { skip: only !== undefined }, () => {
  const schemas = page => blocks(readFileSync(join(root, page), 'utf8')).filter(block => block.lang === 'graphql').map(block => block.lines.join('\n'))
  test('every directive has an example', () => {
    const text = schemas('docs/schema.md').join('\n')
    const missing = [...cli('schema', 'directives').matchAll(/^directive (@\w+)/gm)].map(([, directive]) => directive)
      .filter(directive => !new RegExp(`${directive}\\b`).test(text))
    assert.deepEqual(missing, [])
  })
  test('every operator has an example', () => {
    const text = blocks(readFileSync(join(root, 'docs/rest.md'), 'utf8')).filter(block => block.lang === 'http').flatMap(block => block.lines).join('\n')
    const operators = 'eq neq gt gte lt lte like ilike match imatch in is isdistinct cs cd ov fts plfts phfts wfts'.split(' ')
    assert.deepEqual(operators.filter(operator => !new RegExp(`[=.]${operator}(\\((any|all|english)\\))?\\.`).test(text)), [])
  })
  test('the cookbook has at least twenty recipes', () => {
    assert.ok(blocks(readFileSync(join(root, 'docs/rules.md'), 'utf8')).filter(block => block.words.includes('app')).length >= 20)
  })
})

/** A link to a file of the project exists, and so does the heading that it names. */
function followed(from, to) {
  if (/^(https?:|mailto:)/.test(to)) return
  const [path, anchor] = to.split('#')
  const target = path ? resolve(root, dirname(from), path) : join(root, from)
  assert.ok(existsSync(target), `${from}: ${to} leads nowhere`)
  if (anchor) assert.ok(anchors(readFileSync(target, 'utf8')).includes(anchor), `${from}: ${to}: there is no such heading`)
}
