// oxlint-disable no-console -- what is kept off the console here is one known sentence, all else passes
import type * as OidcProvider from 'oidc-provider'

/** The module warns on import that it would rather run on Node.js 22; its flows pass on 20 (see the tests). */
export function loadOidcProvider(): typeof OidcProvider {
  const { warn } = console
  console.warn = (...said: unknown[]) => {
    if (!String(said[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...said)
  }
  try {
    return require('oidc-provider') as typeof OidcProvider
  } finally {
    console.warn = warn
  }
}
