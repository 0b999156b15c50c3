import type { Node, NodeAPI, NodeDef } from 'node-red'
import { SignIns } from '../lib/oauth2/sign-ins'
import { bindingOf } from '../lib/oauth2/grant-context'
import { heldToken } from '../lib/oauth2/token-life'
import type { ConnectionSecrets } from '../lib/connection-settings'
import type { Problem } from '../lib/problem'
import { textAt } from '../lib/records'
import { explain } from '../shared/explain'
import { Connection } from './connection'
import { forgetRemoved } from './forget-removed'
import { LiveConnections } from './live-connections'
import { registerSignInRoutes } from './sign-in-routes'
import { tokenStorage } from './token-storage'

const TYPE = 'graph-connection'

/** Holds the OAuth2 settings and the token state that the other nodes share. */
function init(RED: NodeAPI): void {
  const warn = (problem: Problem): void => RED.log.warn(`[graph-connection] ${explain(RED, problem)}`)
  const store = tokenStorage(RED, warn)
  const live = new LiveConnections()
  const signIns = new SignIns({
    known: async ({ connection, settings }) => (await store.read(bindingOf(connection, settings)))?.account,
    keep: async ({ connection, settings }, { signIn, answer }) => {
      await store.write(bindingOf(connection, settings), signIn)
      live.signedIn(connection, settings, heldToken(answer))
    },
  })
  forgetRemoved(RED, store, (error) => RED.log.warn(`[graph-connection] ${explain(RED, error)}`))
  registerSignInRoutes(RED, { store, live, signIns })

  RED.nodes.registerType<Node<ConnectionSecrets>, NodeDef, object, ConnectionSecrets>(
    TYPE,
    GraphConnectionNode,
    {
      credentials: {
        clientSecret: { type: 'password' },
        certificate: { type: 'password' },
        privateKey: { type: 'password' },
        passphrase: { type: 'password' },
        username: { type: 'text' },
        password: { type: 'password' },
      },
    },
  )

  function GraphConnectionNode(this: Node<ConnectionSecrets>, def: NodeDef): void {
    RED.nodes.createNode(this, def)
    const connection = new Connection({
      // A subflow's instances share the sign-in of the connection in its template.
      id: textAt(this, '_alias') ?? this.id,
      raw: { ...def },
      secrets: this.credentials,
      lookup: (name) => RED.util.getSetting(this, name),
      store,
      warn: (problem) => this.warn(explain(RED, problem)),
      trace: (line) => this.trace(line),
    })
    const { settings, problem, tokens, client } = connection
    Object.assign(this, { settings, problem, tokens, client })
    Object.assign(this, { onStateChange: connection.onStateChange.bind(connection) })
    live.add(connection)
    if (problem !== undefined) this.warn(explain(RED, problem))
    this.on('close', () => {
      live.delete(connection)
      connection.close()
    })
  }
}

export = init
