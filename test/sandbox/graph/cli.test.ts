import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { readOptions } from '../../../sandbox/cli'

const cli = join(__dirname, '..', '..', '..', 'sandbox', 'cli.js')

/** Runs the command until it ends or until its output is as wanted; then it is interrupted. */
async function run(
  args: readonly string[],
  until?: RegExp,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (data: Buffer): void => {
    output += data.toString()
    if (until?.test(output) === true) child.kill('SIGINT')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

describe('The command that starts the local tenant', () => {
  it('has defaults for all that is not given', () => {
    assert.deepEqual(readOptions([]), {
      users: 200,
      graphPort: 8411,
      signInPort: 8410,
      accessTokenLifetime: 3600,
      refreshTokens: 'entra',
      delay: 0,
      tail: 0,
    })
  })

  it('reads its options', () => {
    const args = '--users 100000 --port-graph 0 --port-sign-in 0 --token-lifetime 5 --refresh-tokens strict'
    assert.deepEqual(readOptions(args.split(' ')), {
      users: 100000,
      graphPort: 0,
      signInPort: 0,
      accessTokenLifetime: 5,
      refreshTokens: 'strict',
      delay: 0,
      tail: 0,
    })
  })

  it('reads limits and faults', () => {
    const options = readOptions('--throttle 100/200 --faults 0.02 --seed 7 --delay 30 --tail 5'.split(' '))
    assert.deepEqual(options?.throttle, { rate: 100, burst: 200 })
    assert.deepEqual(options?.faults, { rate: 0.02, seed: 7 })
    assert.deepEqual([options?.delay, options?.tail], [30, 5])
    for (const wrong of ['--throttle=100', '--throttle=0/5', '--faults=2', '--faults=x', '--delay=-1'])
      assert.throws(() => readOptions([wrong]), /must be/, wrong)
  })

  it('refuses what it does not understand, and says what', async () => {
    assert.throws(() => readOptions(['--users', 'many']), /--users must be a whole number/)
    assert.throws(() => readOptions(['--refresh-tokens', 'x']), /entra, grace or strict/)
    assert.throws(() => readOptions(['--bogus']), /--bogus/)
    const { code, output } = await run(['--token-lifetime', '0'])
    assert.equal(code, 1)
    assert.match(output, /^--token-lifetime must be .+\nTry --help\.\n$/)
  })

  it('explains itself', async () => {
    const { code, output } = await run(['--help'])
    assert.equal(code, 0)
    assert.match(output, /--users N/)
  })

  it('says where the tenant is and who can sign in, and ends when interrupted', async function () {
    if (process.platform === 'win32') this.skip()
    const { code, output } = await run(['--port-graph', '0', '--port-sign-in', '0'], /Ctrl-C ends it/)
    assert.match(output, /http:\/\/127\.0\.0\.1:\d+\/v1\.0/)
    assert.match(output, /AdeleV@contoso\.onmicrosoft\.com/)
    assert.equal(code, 0)
  })
})
