#!/usr/bin/env node
// Gets movies.json of the npm package vega-datasets and writes it as movies.ndjson, in the field names of schema.graphql.
//   node fetch.mjs                       writes movies.ndjson beside this file
//   node fetch.mjs --import PROGRAM      and loads it: PROGRAM import movies movies.ndjson …  (PROGRAM is a built backstay)
// Needs Node 20 and npm. Kept in .cache/, so a second run needs no network.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = 'vega-datasets@3.2.1'
const ROWS = 3201
const here = dirname(fileURLToPath(import.meta.url))
const cache = join(here, '.cache')
const source = join(cache, 'node_modules', 'vega-datasets', 'data', 'movies.json')

if (!existsSync(source)) {
  mkdirSync(cache, { recursive: true })
  execFileSync('npm', ['install', '--prefix', cache, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', PACKAGE], { stdio: ['ignore', 2, 2] })
}

/** `Jun 12 1998` to `1998-06-12`. */
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const date = text => {
  const [month, day, year] = text.split(' ')
  return `${year}-${String(MONTHS.indexOf(month) / 3 + 1).padStart(2, '0')}-${day}`
}
const orNull = f => value => (value === null ? null : f(value))
const same = value => value

// Name there, name here, what becomes of the value. Some titles are numbers there (1776, 1941, 300).
const FIELDS = [
  ['Title', 'title', orNull(String)],
  ['Release Date', 'releaseDate', orNull(date)],
  ['MPAA Rating', 'mpaaRating', orNull(text => text.toUpperCase().replace(/[- ]/g, '_'))],
  ['Running Time min', 'runningTimeMinutes', same],
  ['Distributor', 'distributor', same],
  ['Director', 'director', same],
  ['Source', 'source', same],
  ['Major Genre', 'majorGenre', same],
  ['Creative Type', 'creativeType', same],
  ['Production Budget', 'productionBudget', same],
  ['US Gross', 'usGross', same],
  ['Worldwide Gross', 'worldwideGross', same],
  ['US DVD Sales', 'usDvdSales', same],
  ['Rotten Tomatoes Rating', 'rottenTomatoesRating', same],
  ['IMDB Rating', 'imdbRating', same],
  ['IMDB Votes', 'imdbVotes', same],
]

const films = JSON.parse(readFileSync(source, 'utf8'))
if (films.length !== ROWS) throw new Error(`${films.length} films instead of ${ROWS}`)
const lines = films.map((film, i) => JSON.stringify(Object.fromEntries([['id', i + 1], ...FIELDS.map(([from, to, f]) => [to, f(film[from])])])))
const target = join(here, 'movies.ndjson')
writeFileSync(target, lines.join('\n') + '\n')
console.error(`wrote ${lines.length} films to ${target}`)

const at = process.argv.indexOf('--import')
if (at > 0) {
  const [program, ...more] = process.argv.slice(at + 1)
  if (!program) throw new Error('--import needs the path of the backstay binary')
  execFileSync(program, ['import', 'movies', target, '--schema', join(here, 'schema.graphql'), ...more], { stdio: 'inherit' })
}
