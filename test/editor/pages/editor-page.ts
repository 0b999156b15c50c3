import type { Locator, Page } from 'playwright-core'

/** Node-RED's editor as a person uses it. The selectors are the same on both lines. */
export class EditorPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'domcontentloaded' })
    await this.ready()
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' })
    await this.ready()
  }

  async ready(): Promise<void> {
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' })
    await this.paletteNode('graph-odata').waitFor()
    await this.page.waitForFunction('window.graphODataEditor?.odata && window.graphODataEditor.connection')
  }

  paletteNode(type: string): Locator {
    return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
  }

  /** The only node of a type on the workspace. */
  flowNode(): Locator {
    return this.page.locator('#red-ui-workspace-chart .red-ui-flow-node-group')
  }

  async dropNode(type: string): Promise<void> {
    const node = this.paletteNode(type)
    await node.scrollIntoViewIfNeeded()
    const from = await node.boundingBox()
    const to = await this.page.locator('#red-ui-workspace-chart').boundingBox()
    if (from === null || to === null) throw new Error('The editor has no palette or no workspace')
    await this.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
    await this.page.mouse.down()
    await this.page.mouse.move(to.x + 300, to.y + 200, { steps: 12 })
    await this.page.mouse.up()
  }

  async openNode(): Promise<void> {
    await this.flowNode().dblclick()
    await this.settle()
  }

  /** Opens a node's dialog by id, as the editor itself does. */
  async edit(id: string): Promise<void> {
    await this.page.evaluate(`RED.editor.edit(RED.nodes.node(${JSON.stringify(id)}))`)
    await this.settle()
  }

  async editConfig(type: string, id: string): Promise<void> {
    await this.page.evaluate(`RED.editor.editConfig('', ${JSON.stringify(type)}, ${JSON.stringify(id)})`)
    await this.settle()
  }

  /** Closes the uppermost dialog; below a connection's dialog the node's own comes back. */
  async done(): Promise<void> {
    await this.page.locator('#node-dialog-ok:visible, #node-config-dialog-ok:visible').last().click()
    await this.settle()
  }

  /** Closes whatever dialogs are open without keeping anything. */
  async cancel(): Promise<void> {
    const button = this.page.locator('#node-dialog-cancel:visible, #node-config-dialog-cancel:visible').last()
    while (await button.isVisible()) {
      await button.click()
      await this.settle()
    }
  }

  /** Deploys everything and waits until the runtime has taken it. */
  async deploy(): Promise<void> {
    const button = this.page.locator('#red-ui-header-button-deploy')
    const deployed = this.page.waitForResponse(
      (answer) => answer.url().endsWith('/flows') && answer.request().method() === 'POST',
    )
    await button.click()
    const answer = await deployed
    if (!answer.ok()) throw new Error(`Deploy was answered with ${answer.status()}`)
  }

  trays(): Locator {
    return this.page.locator('.red-ui-tray')
  }

  /** Waits until nothing moves any more: dialogs slide in. */
  async settle(): Promise<void> {
    await this.page.waitForFunction(STILL, undefined, { polling: 100 })
  }

  /** As View > Theme in the settings of Node-RED 5. */
  async useTheme(theme: 'light' | 'dark'): Promise<void> {
    await this.page.evaluate(
      `document.documentElement.classList.toggle('nr-theme-dark', ${theme === 'dark'})`,
    )
  }

  async setTrayWidth(width: number): Promise<void> {
    const bar = this.page.locator('.red-ui-tray-resize-handle').last()
    const tray = await this.trays().last().boundingBox()
    const handle = await bar.boundingBox()
    if (tray === null || handle === null) throw new Error('No dialog is open')
    const y = handle.y + handle.height / 2
    await this.page.mouse.move(handle.x + handle.width / 2, y)
    await this.page.mouse.down()
    await this.page.mouse.move(handle.x + handle.width / 2 + (tray.width - width), y, { steps: 8 })
    await this.page.mouse.up()
    await this.settle()
  }
}

const STILL = `(() => {
  const boxes = [...document.querySelectorAll('.red-ui-tray, #red-ui-editor-shade, #red-ui-header-shade')]
    .map((element) => { const box = element.getBoundingClientRect(); return [box.x, box.y, box.width, box.height, getComputedStyle(element).opacity].join() })
    .join(';')
  const still = boxes === window.__boxes && $(':animated').length === 0
    && document.getAnimations().every((animation) => animation.playState !== 'running')
  window.__stillFor = still ? (window.__stillFor ?? 0) + 1 : 0
  window.__boxes = boxes
  if (window.__stillFor < 3) return false
  window.__stillFor = 0
  return true
})()`
