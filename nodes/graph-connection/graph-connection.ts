import type { Node, NodeAPI, NodeDef } from 'node-red'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import { SignIns, type SignInsOptions } from '../lib/oauth2/sign-ins'
import { bindingOf } from '../lib/oauth2/grant-context'
import { heldToken } from '../lib/oauth2/token-life'
import type { Binding, TokenStore } from '../lib/oauth2/token-store'
import type { ConnectionSecrets } from '../lib/connection-settings'
import type { Problem } from '../lib/problem'
import { textAt } from '../lib/records'
import { explain } from '../shared/explain'
import { WorkInProgress } from '../shared/work-in-progress'
import { ChosenConnections, provideConnections } from './chosen-connection'
import { Connection } from './connection'
import { endWithNodeRed, forgetRemoved } from './forget-removed'
import { LiveConnections } from './live-connections'
import { networkOf } from './network-of'
import { registerSignInRoutes } from './sign-in-routes'
import { registerStateRoutes } from './state-routes'
import { tokenStorage } from './token-storage'

const TYPE = 'graph-connection'

/** Holds the OAuth2 settings and the token state that the other nodes share. */
function init(RED: NodeAPI): void {
  const warn = (problem: Problem): void => RED.log.warn(`[graph-connection] ${explain(RED, problem)}`)
  const trace = (line: string): void => RED.log.trace(`[graph-connection] ${line}`)
  const store = tokenStorage(RED, warn)
  const live = new LiveConnections()
  const signIns = new SignIns(signInHandling(store, live))
  forgetRemoved(RED, { store, signIns }, (error) => RED.log.warn(`[graph-connection] ${explain(RED, error)}`))
  endWithNodeRed(RED, signIns)
  registerSignInRoutes(RED, { live, signIns })
  const chosen = new ChosenConnections(RED, { live, store, trace })
  provideConnections(chosen)
  registerStateRoutes(RED, { live, store, chosen })

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
      networkOf: (settings) => networkOf(RED, settings),
      storeFor: (binding) => deployedStore(store, binding),
      warn: (problem) => this.warn(explain(RED, problem)),
      trace: (line) => this.trace(line),
    })
    const { settings, problem, tokens, client } = connection
    const users = new WorkInProgress()
    Object.assign(this, { settings, problem, tokens, client })
    Object.assign(this, {
      onStateChange: connection.onStateChange.bind(connection),
      clientFor: connection.clientFor.bind(connection),
      account: connection.account.bind(connection),
      notes: store.notes(connection.id),
      openFor: users.add.bind(users),
    })
    live.add(connection)
    if (problem !== undefined) this.warn(explain(RED, problem))
    this.on('close', (done: () => void) => {
      live.delete(connection)
      void users
        .ended()
        .then(() => connection.close())
        .then(done)
    })
  }
}

/** Where a sign-in goes: to the deployed connection that it belongs to, else beside it until it is deployed. */
function signInHandling(store: SignInStore, live: LiveConnections): SignInsOptions {
  return {
    known: async ({ connection, settings }) => {
      const binding = bindingOf(connection, settings)
      return ((await store.deployed.read(binding)) ?? (await store.drafts.read(binding)))?.account
    },
    keep: async ({ connection, settings }, { signIn, answer }) => {
      const binding = bindingOf(connection, settings)
      if (live.owns(binding)) await store.deployed.write(binding, signIn)
      else {
        await store.drafts.write(binding, signIn)
        // It may have been deployed while this was written.
        if (!live.owns(binding) || !(await store.deploy(binding))) return
      }
      live.signedIn(binding, settings, heldToken(answer))
    },
  }
}

/** What was signed in to in the dialog becomes the connection's before anybody looks for it. */
function deployedStore(store: SignInStore, binding: Binding): TokenStore {
  // What is wrong with the store is told when it is read.
  const ready = store.deploy(binding).catch(() => false)
  const { deployed } = store
  return {
    read: async (wanted) => ready.then(async () => deployed.read(wanted)),
    write: async (wanted, signIn) => ready.then(async () => deployed.write(wanted, signIn)),
    remove: async (wanted) => ready.then(async () => deployed.remove(wanted)),
  }
}

export = init
