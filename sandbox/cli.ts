import { parseArgs } from 'node:util'
import { apps, defaultPorts, demoAccounts, demoPassword, tenantId } from './contoso/tenant'
import { controlPath } from './graph/control-endpoint'
import type { ThrottleOptions } from './graph/throttle'
import { startTenant, type TenantOptions } from './index'

const help = `Starts a local tenant: a sign-in service and a Graph service with demo data.

  --users N              users in the directory (200)
  --port-graph N         port of the Graph service (${defaultPorts.graph}; 0: any)
  --port-sign-in N       port of the sign-in service (${defaultPorts.signIn}; 0: any)
  --token-lifetime S     seconds that an access token lives (3600)
  --refresh-tokens MODE  entra, grace or strict: what becomes of a used refresh token (entra)
  --throttle RATE/BURST  requests per second, and how many more at once, for each app and workload (no limit)
  --faults SHARE         share of the requests and parts of batches that something goes wrong with: 0.02
  --seed N               the same seed gives the same faults (1)
  --delay MS             how long each answer takes (0)
  --tail MS              how much longer some take: half 0.6 times as much, one in a hundred 20 times (0)
  --help                 this text

While it runs, limits and faults are switched at the Graph service (null: off; GET shows what has happened):
  curl -H "Content-Type: application/json" http://127.0.0.1:${defaultPorts.graph}${controlPath} \\
    -d '{"throttle": {"rate": 10, "burst": 20}, "faults": {"rate": 0.1, "kinds": ["429", "reset"]}, "delay": 50}'

Ctrl-C ends it.`

const refreshTokenModes = ['entra', 'grace', 'strict'] as const

/** What the command line asks for; undefined for its help. */
export function readOptions(args: readonly string[]): TenantOptions | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: text,
      'port-graph': text,
      'port-sign-in': text,
      'token-lifetime': text,
      'refresh-tokens': text,
      throttle: text,
      faults: text,
      seed: text,
      delay: text,
      tail: text,
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return undefined
  const mode = refreshTokenModes.find((known) => known === (values['refresh-tokens'] ?? 'entra'))
  if (mode === undefined) throw new Error('--refresh-tokens must be entra, grace or strict')
  return {
    users: whole('--users', values.users, 200, 1),
    graphPort: whole('--port-graph', values['port-graph'], defaultPorts.graph, 0),
    signInPort: whole('--port-sign-in', values['port-sign-in'], defaultPorts.signIn, 0),
    accessTokenLifetime: whole('--token-lifetime', values['token-lifetime'], 3600, 1),
    refreshTokens: mode,
    ...(values.throttle !== undefined && { throttle: limits(values.throttle) }),
    ...(values.faults !== undefined && {
      faults: { rate: share('--faults', values.faults), seed: whole('--seed', values.seed, 1, 0) },
    }),
    delay: whole('--delay', values.delay, 0, 0),
    tail: whole('--tail', values.tail, 0, 0),
  }
}

function limits(text: string): ThrottleOptions {
  const [, rate, burst] = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(text) ?? []
  if (Number(rate) > 0 && Number(burst) > 0) return { rate: Number(rate), burst: Number(burst) }
  throw new Error(`--throttle must be a rate and a burst such as 100/200, not "${text}"`)
}

function share(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new Error(`${name} must be a share from 0 to 1, not "${text}"`)
}

function whole(name: string, text: string | undefined, standard: number, least: number): number {
  if (text === undefined) return standard
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
    throw new Error(`${name} must be a whole number of ${least} or more, not "${text}"`)
  return value
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(help)
    return
  }
  const tenant = await startTenant(options)
  const end = (): void => {
    // A second signal finds no handler and ends the process at once.
    void tenant.close()
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const accounts = demoAccounts.map(
    ({ userPrincipalName, administrator }) =>
      `  ${userPrincipalName}${administrator ? ' (administrator)' : ''}`,
  )
  const clients = Object.values(apps).map(
    ({ clientId, displayName, secrets }) =>
      `  ${clientId}  ${displayName}${secrets[0] === undefined ? '' : `, secret ${secrets[0]}`}`,
  )
  console.log(`Contoso is open for business.

Graph          ${tenant.graph.origin}/v1.0
Sign-in        ${tenant.signIn.origin}
Tenant         ${tenantId}
No sign-in     ${tenant.graph.openService}

Clients
${clients.join('\n')}

Accounts, all with the password ${demoPassword}
${accounts.join('\n')}

Ctrl-C ends it.`)
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry --help.`)
    process.exitCode = 1
  })
}
