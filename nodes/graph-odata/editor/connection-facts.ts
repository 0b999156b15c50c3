import { knownCloud, serviceOf } from '../../lib/oauth2/clouds.js'
import { textOf } from '../../shared/editor/red.js'

/** What the dialog needs to know of the chosen connection, as it stands in the editor. */
export interface ConnectionFacts {
  /** '' where there is no connection, or none that says. */
  readonly serviceUrl: string
  readonly itemConvention: string
}

const USUAL_CONVENTION = '{entity}/{key}'

export function connectionFacts(connectionId: string): ConnectionFacts {
  const connection: unknown = RED.nodes.node(connectionId)
  if (typeof connection !== 'object' || connection === null)
    return { serviceUrl: '', itemConvention: USUAL_CONVENTION }
  const read = (property: string): string => textOf(Reflect.get(connection, property)).trim()
  const cloud = knownCloud(read('cloud') || 'global')
  const derived = cloud === undefined ? '' : (serviceOf(cloud) ?? '')
  return {
    serviceUrl: (read('serviceUrl') || derived).replace(/\/+$/u, ''),
    itemConvention: read('itemConvention') || USUAL_CONVENTION,
  }
}
