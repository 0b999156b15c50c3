import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { demoAccounts, type DemoAccount } from '../../../sandbox/contoso/tenant'
import { isRecord, textAt } from '../../../nodes/lib/records'
import { CookieJar, signInAs } from '../../support/browserless-sign-in'
import type { FlowNode, NodeRedProcess } from '../../support/node-red-process'

export const adele = account('Adele')
export const megan = account('Megan')

function account(givenName: string): DemoAccount {
  const found = demoAccounts.find((candidate) => candidate.givenName === givenName)
  assert.ok(found)
  return found
}

/** A graph-connection as it stands in a flow file. */
export function connectionNode(id: string, raw: Record<string, unknown>): FlowNode {
  return { ...raw, id, type: 'graph-connection' }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  readonly text: string
}

/** An editor in a browser of its own: one cookie jar, one Origin. */
export class Editor {
  readonly jar = new CookieJar()
  readonly #nodeRed: NodeRedProcess

  constructor(nodeRed: NodeRedProcess) {
    this.#nodeRed = nodeRed
  }

  get url(): string {
    return `${this.#nodeRed.adminUrl}/`
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = new URL(`${this.#nodeRed.adminUrl}/graph-connection/${path}`)
    const response = await this.#nodeRed.adminFetch(`/graph-connection/${path}`, {
      method,
      headers: {
        origin: this.#nodeRed.origin,
        cookie: this.jar.header(url),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    this.jar.store(url, response)
    return answerOf(response)
  }

  /** Begins a sign-in with the settings of the dialog, and returns what the dialog gets. */
  async begin(
    id: string,
    settings: Record<string, unknown>,
    secrets: Record<string, string> = {},
  ): Promise<Begun> {
    const answer = await this.call('POST', `${id}/sign-in`, { settings, secrets, editorUrl: this.url })
    assert.equal(answer.status, 200, answer.text)
    const [attempt, authorizeUrl] = [textAt(answer.body, 'attempt'), textAt(answer.body, 'authorizeUrl')]
    assert.ok(attempt !== undefined && authorizeUrl !== undefined)
    return { attempt, authorizeUrl }
  }

  /** What the window does when the sign-in service sends it back. */
  async comeBack(address: URL, jar = this.jar): Promise<Answer> {
    const response = await fetch(address, { redirect: 'manual', headers: { cookie: jar.header(address) } })
    return answerOf(response)
  }

  async signIn(
    id: string,
    settings: Record<string, unknown>,
    secrets: Record<string, string> = {},
    who: DemoAccount = adele,
  ): Promise<Answer> {
    const { authorizeUrl } = await this.begin(id, settings, secrets)
    return this.comeBack(await signInAs(authorizeUrl, who))
  }

  async tokenState(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { body } = await this.call('GET', `${id}/token-state`)
    assert.ok(isRecord(body))
    return body
  }
}

export interface Begun {
  readonly attempt: string
  readonly authorizeUrl: string
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** All that lies in a user directory, except the linked package. */
export function filesOf(
  folder: string,
): { readonly path: string; readonly text: string; readonly mode: number }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.name === 'node_modules') return []
    if (entry.isDirectory()) return filesOf(path)
    return entry.isFile()
      ? [{ path, text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 }]
      : []
  })
}
