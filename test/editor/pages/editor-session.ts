import { startBrowser, type TestBrowser } from '../../support/browser'
import {
  startNodeRed,
  type FlowNode,
  type NodeRedOptions,
  type NodeRedProcess,
} from '../../support/node-red-process'
import { ConnectionDialog } from './connection-dialog'
import { EditorPage } from './editor-page'
import { ODataDialog } from './odata-dialog'

export const FLOW_TAB: FlowNode = { id: 'tab1', type: 'tab', label: 'Flow 1', disabled: false, info: '' }

export const CONNECTION: FlowNode = {
  id: 'connection1',
  type: 'graph-connection',
  name: 'Contoso',
  cloud: 'global',
  tenant: 'contoso.onmicrosoft.com',
  clientId: 'c0ffee00-1111-4222-8333-444455556666',
  itemConvention: '{entity}/{key}',
}

export const READ_MESSAGES: FlowNode = {
  id: 'odata1',
  type: 'graph-odata',
  z: 'tab1',
  name: '',
  connection: 'connection1',
  entity: 'messages',
  appendUrl: 'me/{entity}',
  x: 300,
  y: 120,
  wires: [[]],
}

/** A Node-RED and a browser that shows its editor. */
export class EditorSession {
  readonly nodeRed: NodeRedProcess
  readonly browser: TestBrowser
  readonly editor: EditorPage
  readonly connection: ConnectionDialog
  readonly odata: ODataDialog

  private constructor(nodeRed: NodeRedProcess, browser: TestBrowser, editor: EditorPage) {
    this.nodeRed = nodeRed
    this.browser = browser
    this.editor = editor
    this.connection = new ConnectionDialog(editor.page)
    this.odata = new ODataDialog(editor.page)
  }

  static async start(options: NodeRedOptions = {}): Promise<EditorSession> {
    const nodeRed = await startNodeRed(options)
    try {
      const browser = await startBrowser()
      const page = browser.context.pages()[0] ?? (await browser.context.newPage())
      page.setDefaultTimeout(20_000)
      const session = new EditorSession(nodeRed, browser, new EditorPage(page))
      await session.editor.open(nodeRed.adminUrl)
      return session
    } catch (error) {
      await nodeRed.dispose()
      throw error
    }
  }

  /** What the runtime holds of a node. */
  async deployed(type: string): Promise<FlowNode> {
    const answer = await this.nodeRed.adminFetch('/flows')
    const flows: unknown = await answer.json()
    const node = (flows as FlowNode[]).find((each) => each.type === type)
    if (node === undefined) throw new Error(`No ${type} is deployed`)
    return node
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.nodeRed.dispose()
  }
}

/** A session for the tests of a suite, started before the first and closed after the last. */
export function editorSession(options: () => Promise<NodeRedOptions>): () => EditorSession {
  let session: EditorSession | undefined
  before(async () => {
    session = await EditorSession.start(await options())
  })
  after(async () => {
    await session?.close()
  })
  return () => {
    if (session === undefined) throw new Error('The editor has not been started')
    return session
  }
}
