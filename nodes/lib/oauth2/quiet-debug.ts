import { createRequire } from 'node:module'

/**
 * simple-oauth2 prints client secrets and refresh tokens through `debug`: `DEBUG=*` must not. Import this before
 * simple-oauth2. Where another package has loaded the same `debug` already, the environment is read no more, so
 * that the instance itself is told.
 */
const UNWANTED = '-simple-oauth2*'

const wanted = process.env['DEBUG'] ?? ''
if (wanted !== '' && !wanted.includes(UNWANTED)) {
  process.env['DEBUG'] = `${wanted},${UNWANTED}`
  const debug: unknown = createRequire(require.resolve('simple-oauth2'))('debug')
  const enable: unknown = typeof debug === 'function' && 'enable' in debug ? debug.enable : undefined
  if (typeof enable === 'function') enable(process.env['DEBUG'])
}
