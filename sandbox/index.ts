import type { FaultOptions } from './graph/faults'
import { startGraphService, type GraphService } from './graph/server'
import type { ThrottleOptions } from './graph/throttle'
import { startSignInService, type RefreshTokenMode, type SignInService } from './sign-in/server'

export interface TenantOptions {
  /** Number of users in the directory; at least the demo accounts exist. Default 200. */
  readonly users?: number
  /** Seconds; Entra's own is 60 to 90 minutes. Default 3600. */
  readonly accessTokenLifetime?: number
  /** What happens to a refresh token that was used. Default `entra`. */
  readonly refreshTokens?: RefreshTokenMode
  /** 0 takes any free port, the default. */
  readonly signInPort?: number
  readonly graphPort?: number
  /** Limits and faults of the Graph service from the start; `graph.control` changes them. Default: none. */
  readonly throttle?: ThrottleOptions
  readonly faults?: FaultOptions
  /** Milliseconds that each answer takes, and the scale of what some take longer. Default 0. */
  readonly delay?: number
  readonly tail?: number
}

/** A tenant on this machine: a sign-in service and a Graph service on two origins of 127.0.0.1. */
export interface LocalTenant {
  readonly signIn: SignInService
  readonly graph: GraphService
  close(): Promise<void>
}

export async function startTenant(options: TenantOptions = {}): Promise<LocalTenant> {
  const graph = await startGraphService({ port: options.graphPort ?? 0, users: options.users ?? 200 })
  graph.control.throttle(options.throttle)
  graph.control.faults(options.faults)
  graph.control.delay = options.delay ?? 0
  graph.control.tail = options.tail ?? 0
  try {
    const signIn = await startSignInService({
      port: options.signInPort ?? 0,
      resource: graph.origin,
      accessTokenLifetime: options.accessTokenLifetime ?? 3600,
      refreshTokens: options.refreshTokens ?? 'entra',
    })
    graph.trust({ issuer: signIn.accessTokenIssuer, jwksUrl: signIn.jwksUrl })
    return {
      signIn,
      graph,
      close: async () => {
        await Promise.all([signIn.close(), graph.close()])
      },
    }
  } catch (error) {
    await graph.close()
    throw error
  }
}
