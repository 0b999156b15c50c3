import { BrowserSignIn, type SignInNews } from '../../graph-connection/editor/sign-in.js'
import { connectionChoice } from '../../shared/editor/connection-choice.js'
import { catalogue, textOf } from '../../shared/editor/red.js'
import { connectionFacts } from './connection-facts.js'
import { scopeWith } from './added-scope.js'

/** How a connection gets a permission that it lacks. */
export type WayToAdd =
  /** The scope, then a window to sign in. */
  | 'signIn'
  /** The scope, then the connection's dialog: a code is shown there. */
  | 'dialog'
  /** Nothing that a scope could ask for: in Entra. */
  | 'entra'

export function wayToAdd(connectionId: string): WayToAdd {
  const read = reader(connectionId)
  const grant = read('grantType') || 'authorization_code'
  if (read('endpointVersion') === 'v1') return 'entra'
  if (grant === 'authorization_code') return 'signIn'
  return grant === 'device_code' || grant === 'password' ? 'dialog' : 'entra'
}

/** Adds a permission to the connection's scope, as an edit that can be undone and is deployed like any other. */
export function addToScope(connectionId: string, permission: string, held: readonly string[]): void {
  const node: unknown = RED.nodes.node(connectionId)
  if (typeof node !== 'object' || node === null) return
  const before = textOf(Reflect.get(node, 'scope'))
  const { serviceUrl } = connectionFacts(connectionId)
  const resource = URL.canParse(serviceUrl) ? new URL(serviceUrl).origin : serviceUrl
  const scope = scopeWith(permission, { scope: before, resource, held })
  if (scope === before) return
  const changed = Reflect.get(node, 'changed')
  const event = { t: 'edit', node, changes: { scope: before }, changed, dirty: RED.nodes.dirty() }
  Object.assign(node, { scope, changed: true })
  RED.nodes.dirty(true)
  RED.history.push(event as never)
}

/** To be called inside a click: later, browsers take the window for an unwanted one. */
export function signInAgain(connectionId: string, tell: (news: SignInNews) => void): BrowserSignIn {
  const text = catalogue('graph-connection')
  const flow = new BrowserSignIn(connectionId, text, tell)
  const { draft = { settings: {}, secrets: {} } } = connectionChoice(connectionId)
  flow.start({ ...draft, editorUrl: location.origin + location.pathname })
  return flow
}

function reader(connectionId: string): (property: string) => string {
  const node: unknown = RED.nodes.node(connectionId)
  return (property) => (typeof node === 'object' && node !== null ? textOf(Reflect.get(node, property)) : '')
}
