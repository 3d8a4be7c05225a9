// Shell of a page: one `bash` that runs its blocks in order, and the check of commands that are shown and not run.
// In: lines of a block. Out: what they print, or the sentence that the command line has about them. Servers are started by the caller.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = process.env.BACKSTAY_BIN
const drivers = fileURLToPath(new URL('../../../../../../xtask/src/main.rs', import.meta.url))

// What a reader types is what runs: `curl` ends its lines, `cargo run` is the binary that is tested.
const PRELUDE = `
curl() { command curl --silent --show-error --max-time 20 "$@"; echo; }
cargo() { case "$1 $2 $3" in 'run --release --') shift 3; backstay "$@";; 'build --release ') ;; *) echo "not here: cargo $*" >&2; return 1;; esac; }
trap 'failed=$?; echo "failed ($failed): $BASH_COMMAND" >&2' ERR
`

/** A shell in a folder: `run(script)` gives `{ output, failed }`, both streams in one text; `end()` closes it. */
export function shell(cwd) {
  const child = spawn('bash', ['--norc', '--noprofile'], {
    cwd, env: { ...process.env, BACKSTAY_BIN: undefined, PATH: `${dirname(bin)}:${process.env.PATH}` }, stdio: ['pipe', 'pipe', 'ignore'],
  })
  let text = '', wake = () => {}
  child.stdout.on('data', chunk => { text += chunk; wake() })
  child.stdin.write(`exec 2>&1\n${PRELUDE}`)
  return {
    async run(script) {
      text = ''
      child.stdin.write(`failed=0\n${script}\nprintf '\\n=end %s=\\n' "$failed"\n`)
      const deadline = Date.now() + 60_000
      while (!/\n=end \d+=\n$/.test(text)) {
        if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the shell stopped:\n${text}`)
        await new Promise(resolve => { wake = resolve; setTimeout(resolve, 1000).unref() })
      }
      const [, output, failed] = /^([^]*)\n=end (\d+)=\n$/.exec(text)
      return { output, failed: Number(failed) }
    },
    end: () => { child.stdin.end() },
  }
}

/** The commands of ours in lines of shell or of a systemd unit, each as its words. */
export function commands(lines) {
  const text = lines.join('\n').replace(/\\\n\s*/g, ' ')
  return text.split('\n').flatMap(line => [...line.matchAll(/(?:^|[\s('"=]|bin\/|release\/)backstay (?=[a-z-])/g)].map(match => {
    const before = line.slice(0, match.index + match[0].length - 'backstay '.length)
    const quote = ['"', '\''].find(mark => before.split(mark).length % 2 === 0)
    return words(line.slice(match.index + match[0].length), quote)
  }))
}

/** The words up to the end of a command: a separator, a comment, or the quote that it stands in. */
function words(text, quote) {
  const found = []
  for (const [word] of text.matchAll(/(?:"[^"]*"|'[^']*'|\$\([^)]*\)|[^\s;|&><)'"]|\\.)+|[;|&><)'"]/g)) {
    if (/^[;|&><)]$/.test(word) || word.startsWith('#') || word === quote) break
    found.push(word.replace(/["']/g, ''))
  }
  return found
}

/** What is wrong with a command that is shown: undefined, or the message. With `--help` behind it, it is read and not run. */
export function refused(args) {
  const { status, stderr } = spawnSync(bin, [...args, '--help'], { encoding: 'utf8', timeout: 30_000 })
  return status === 0 ? undefined : `backstay ${args.join(' ')}: ${stderr.trim()}`
}

/** Whether the project has a command of that name (`cargo xtask …`). */
export const isDriver = name => readFileSync(drivers, 'utf8').includes(`\n    ${name[0].toUpperCase()}${name.slice(1)}`)
