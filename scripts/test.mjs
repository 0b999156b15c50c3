// `npm test`: everything that must hold, on a fresh clone too. Closes with mocha's own counts.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { build, install, must, nodeForNodeRed5, root, run, tool } from './steps.mjs'

/** Milliseconds for one line; a run that is stuck is not waited for. */
const LONGEST_RUN = 25 * 60_000

const LINES = [
  { line: 'Node-RED 4', module: 'node-red-4', node: async () => process.execPath },
  { line: 'Node-RED 5', module: 'node-red-5', node: nodeForNodeRed5 },
]

await install()
await must(process.execPath, [tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'])
await build()
await must(process.execPath, [tool('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'])

const total = { passed: 0, failed: 0, skipped: 0 }
let broken = false
// Each line takes a core and a half (Node-RED and a browser beside mocha): on fewer cores tests would run out of time.
const sideBySide = (process.env.TEST_SIDE_BY_SIDE ?? (availableParallelism() >= 4 ? '1' : '0')) === '1'
const later = sideBySide ? await begin(LINES[1]) : undefined
for (const each of LINES) {
  console.log(`\n=== ${each.line} ===`)
  const counts =
    each === LINES[1] && later !== undefined ? await later() : await mocha(await each.node(), each.module)
  if (counts === undefined) broken = true
  else for (const key of Object.keys(total)) total[key] += counts[key]
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = broken || total.failed > 0 || total.passed === 0 ? 1 : 0

/** Starts a line in the background; what it says is kept until its turn to be read. */
async function begin({ module, node }) {
  const file = join(root, 'test-output', `output-${module}.txt`)
  mkdirSync(join(root, 'test-output'), { recursive: true })
  const out = openSync(file, 'w')
  const counting = mocha(await node(), module, ['ignore', out, out])
  return async () => {
    const counts = await counting
    closeSync(out)
    process.stdout.write(readFileSync(file, 'utf8'))
    return counts
  }
}

/** Runs the whole suite against one Node-RED line; undefined where mocha ended without counting. */
async function mocha(binary, nodeRed, stdio = 'inherit') {
  const output = join(root, 'test-output')
  const countsFile = join(output, `counts-${nodeRed}.json`)
  mkdirSync(output, { recursive: true })
  rmSync(countsFile, { force: true })
  const args = [tool('mocha/bin/mocha.js'), ...process.argv.slice(2)]
  const env = { ...process.env, NODE_RED: nodeRed, MOCHA_COUNTS_FILE: countsFile }
  const code = await run(binary, args, { env, stdio, timeout: LONGEST_RUN, killSignal: 'SIGKILL' })
  try {
    const counts = JSON.parse(readFileSync(countsFile, 'utf8'))
    if (code !== 0 && counts.failed === 0) console.error(`mocha ended with exit code ${code}`)
    return code !== 0 && counts.failed === 0 ? undefined : counts
  } catch {
    console.error(`mocha ended with exit code ${code} before it could count`)
    return undefined
  }
}
